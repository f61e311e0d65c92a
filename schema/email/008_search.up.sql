-- Full-text search, filled behind the sync path: to store a message costs it one append to the index on changed_in.
-- What changed in a transaction older than every one that still runs is settled: a cursor below that misses nothing.
select nova.expect_names('flux_email_search', 'flux_email_search_content');

create table if not exists public.flux_email_search (
  inbox_id uuid not null,
  nylas_message_id text collate "C" not null,
  content tsvector not null,
  message_date timestamptz,
  nylas_thread_id text collate "C",
  primary key (nylas_message_id, inbox_id),
  foreign key (nylas_message_id, inbox_id) references public.flux_email_messages on delete cascade
);
create index if not exists flux_email_search_content on public.flux_email_search using gin (content);
alter table public.flux_email_search enable row level security;
comment on table public.flux_email_search is
  'What can be searched of a message, some time after it was stored: where content @@ '
  'websearch_to_tsquery(''simple'', $1).';
comment on column public.flux_email_search.content is
  'Subject (A), addresses (B) and the text of the body (D): the words as they are and, where a language is set '
  '(nova.set_search_language), their stems too.';
comment on column public.flux_email_search.message_date is
  'Of the message, so that what is found can be put in order without looking at it.';
comment on column public.flux_email_search.nylas_thread_id is 'Of the message.';

create table if not exists nova.email_search_progress (
  only_row boolean primary key default true check (only_row),
  language text not null default 'pg_catalog.simple',
  filled_up_to xid8 not null default '0',
  filled_message text collate "C" not null default '',
  filled_inbox uuid not null default '00000000-0000-0000-0000-000000000000',
  pass_from xid8,
  pass_to xid8,
  passed_message text collate "C" not null default '',
  passed_inbox uuid not null default '00000000-0000-0000-0000-000000000000'
);
insert into nova.email_search_progress default values on conflict do nothing;
comment on table nova.email_search_progress is 'Where nova.fill_search goes on.';
comment on column nova.email_search_progress.language is
  'The text search configuration whose stems are filled beside the words; simple: none.';
comment on column nova.email_search_progress.filled_up_to is
  'The changed_in of the message that was filled last, which the two after it name.';
comment on column nova.email_search_progress.pass_from is
  'While it is not null all messages are gone through by their keys, and those with a changed_in from here to pass_to '
  'are filled: those of a transaction that changed very many, or all of a restored database.';
comment on column nova.email_search_progress.passed_message is 'How far that is, with passed_inbox.';

create or replace function nova.searchable_text(p_body text, p_chars integer) returns text
language sql immutable set search_path = pg_catalog, pg_temp as $$
  -- What is not closed goes to the end, as in a browser: looked for again at each of many, it would take minutes.
  select regexp_replace(regexp_replace(regexp_replace(left(p_body, p_chars), '<style[^>]*?>.*?(</style>|$)', ' ', 'gi'),
                                       '<script[^>]*?>.*?(</script>|$)', ' ', 'gi'), '<[^>]*>|&[a-z]+;', ' ', 'gi')
$$;
comment on function nova.searchable_text is 'The beginning of a body without its markup.';

create or replace function nova.search_words(p_text text, p_language regconfig default 'simple') returns tsvector
language sql immutable set search_path = pg_catalog, pg_temp as $$
  -- The parser's time grows with the square of what has no space in it, and of a comment that does not end.
  select case p_language when 'simple'::regconfig then to_tsvector('simple', t.mended)
              else to_tsvector('simple', t.mended) || to_tsvector(p_language, t.mended) end
    from (select regexp_replace(replace(p_text, '<', ' '), '[^[:space:]]{250}', E'\\& ', 'g')) t (mended)
$$;
comment on function nova.search_words is
  'The words of a text, and their stems where a language is given, in a time that grows as the text does.';

create or replace function nova.search_language() returns regconfig
language sql stable set search_path = pg_catalog, pg_temp as $$
  select p.language::regconfig from nova.email_search_progress p
$$;
comment on function nova.search_language() is 'The language whose stems are searched; simple: none.';

create or replace function nova.search_content(p_subject text, p_people text, p_text text,
                                               p_chars integer default 100000,
                                               p_language regconfig default 'simple')
returns tsvector
language sql immutable set search_path = pg_catalog, pg_temp as $$
  -- A tsvector holds at most 1 MiB; whoever searches finds a longer message by its beginning.
  select setweight(nova.search_words(left(p_subject, p_chars / 10), p_language), 'A')
    || setweight(nova.search_words(left(p_people, p_chars), p_language), 'B')
         || setweight(nova.search_words(nova.searchable_text(p_text, p_chars), p_language), 'D')
$$;
comment on function nova.search_content is
  'What of a message is searched: subject (a tenth of p_chars characters), people and text (p_chars of each).';

create or replace function nova.make_searchable(p_inbox uuid, p_message text) returns boolean
language plpgsql set search_path = pg_catalog, pg_temp as $$
declare
  v_chars integer := 100000;
begin
  loop
    begin
      insert into public.flux_email_search as f (inbox_id, nylas_message_id, content, message_date, nylas_thread_id)
      select m.inbox_id, m.nylas_message_id,
             nova.search_content(m.subject, concat_ws(' ', m.from_addresses, m.to_addresses, m.cc_addresses),
                                 coalesce(m.body, m.snippet), v_chars, nova.search_language()),
             m.message_date, m.nylas_thread_id
        from public.flux_email_messages m where m.inbox_id = p_inbox and m.nylas_message_id = p_message
          on conflict (nylas_message_id, inbox_id) do update
         set content = excluded.content, message_date = excluded.message_date,
             nylas_thread_id = excluded.nylas_thread_id;
      return true;
    exception when program_limit_exceeded or data_exception or internal_error then -- each with its whole class
      if v_chars = 0 then
        raise warning 'message % of inbox % cannot be searched: %', p_message, p_inbox, sqlerrm;
        return false;
      end if;
      v_chars := v_chars / 4;
    end;
  end loop;
end
$$;
comment on function nova.make_searchable(uuid, text) is
  'Makes one message searchable by as much of its beginning as the search can take. False when it takes nothing of it.';

create or replace function nova.make_searchable(p_inboxes uuid[], p_messages text[]) returns void
language plpgsql set search_path = pg_catalog, pg_temp as $$
begin
  begin
    insert into public.flux_email_search as f (inbox_id, nylas_message_id, content, message_date, nylas_thread_id)
    select m.inbox_id, m.nylas_message_id,
           nova.search_content(m.subject, concat_ws(' ', m.from_addresses, m.to_addresses, m.cc_addresses),
                               coalesce(m.body, m.snippet), p_language => l.language), m.message_date, m.nylas_thread_id
      from unnest(p_inboxes, p_messages) k (inbox_id, id)
      join public.flux_email_messages m on m.nylas_message_id = k.id and m.inbox_id = k.inbox_id
     cross join (select nova.search_language() offset 0) l (language)
     where m.deleted_at is null
        on conflict (nylas_message_id, inbox_id) do update
         set content = excluded.content, message_date = excluded.message_date,
             nylas_thread_id = excluded.nylas_thread_id;
  exception when program_limit_exceeded or data_exception or internal_error then
    -- One of them is too much; alone it keeps no other from being found.
    perform nova.make_searchable(m.inbox_id, m.nylas_message_id)
       from unnest(p_inboxes, p_messages) k (inbox_id, id)
       join public.flux_email_messages m on m.nylas_message_id = k.id and m.inbox_id = k.inbox_id
      where m.deleted_at is null;
  end;
  delete from public.flux_email_search f
   using unnest(p_inboxes, p_messages) k (inbox_id, id)
    join public.flux_email_messages m on m.nylas_message_id = k.id and m.inbox_id = k.inbox_id
   where m.deleted_at is not null and f.nylas_message_id = k.id and f.inbox_id = k.inbox_id;
end
$$;
comment on function nova.make_searchable(uuid[], text[]) is
  'Makes messages searchable as they are now; what is deleted is not found any more.';

create or replace function nova.pass_search(p_at nova.email_search_progress, p_limit integer, p_until timestamptz)
returns bigint
language plpgsql set search_path = pg_catalog, pg_temp as $$
declare
  v_page record;
  v_read bigint := 0;
begin
  -- In the order of the primary key, which a restore keeps and which needs no sort, however many rows one
  -- transaction wrote.
  loop
    select array_agg(s.inbox_id) filter (where s.wanted) as inboxes,
           array_agg(s.nylas_message_id) filter (where s.wanted) as messages, count(*) as count,
           (array_agg(s.nylas_message_id order by s.place desc))[1] as message_id,
           (array_agg(s.inbox_id order by s.place desc))[1] as inbox_id into v_page
      from (select m.inbox_id, m.nylas_message_id, m.changed_in between p_at.pass_from and p_at.pass_to as wanted,
                   row_number() over (order by m.nylas_message_id, m.inbox_id) as place
              from public.flux_email_messages m
             where (m.nylas_message_id, m.inbox_id) > (p_at.passed_message, p_at.passed_inbox)
             order by m.nylas_message_id, m.inbox_id limit least(p_limit, 50)) s;
    exit when v_page.count = 0;
    perform nova.make_searchable(v_page.inboxes, v_page.messages) where v_page.inboxes is not null;
    p_at.passed_message := v_page.message_id;
    p_at.passed_inbox := v_page.inbox_id;
    v_read := v_read + v_page.count;
    exit when v_read >= p_limit or clock_timestamp() >= p_until;
  end loop;
  update nova.email_search_progress
     set passed_message = p_at.passed_message, passed_inbox = p_at.passed_inbox,
         pass_from = case when v_page.count > 0 then p_at.pass_from end,
         pass_to = case when v_page.count > 0 then p_at.pass_to end;
  return v_read;
end
$$;
comment on function nova.pass_search(nova.email_search_progress, integer, timestamptz) is
  'Goes on with the pass over all messages, for so many or so long. Returns how many were looked at; 0 when it is '
  'over.';

create or replace function nova.begin_search_pass(p_from xid8, p_to xid8) returns nova.email_search_progress
language sql set search_path = pg_catalog, pg_temp as $$
  -- One that is under way begins again with both.
  update nova.email_search_progress p
     set pass_from = least(p.pass_from, p_from), pass_to = greatest(p.pass_to, p_to), filled_message = '',
         filled_inbox = '00000000-0000-0000-0000-000000000000', passed_message = '',
         passed_inbox = '00000000-0000-0000-0000-000000000000',
         -- What changes from now on does not wait for the pass.
         filled_up_to = (least(p_to::text::numeric,
                               pg_snapshot_xmin(pg_current_snapshot())::text::numeric - 1) + 1)::text::xid8
  returning p.*
$$;
comment on function nova.begin_search_pass(xid8, xid8) is
  'Has all messages with such a changed_in filled by a pass over the keys of all.';

create or replace function nova.set_search_language(p_language text) returns void
language plpgsql set search_path = pg_catalog, pg_temp as $$
declare
  v_language regconfig := (select c.oid from pg_ts_config c join pg_namespace n on n.oid = c.cfgnamespace
                            where p_language in (c.cfgname, n.nspname || '.' || c.cfgname)
                            order by n.nspname <> 'pg_catalog', c.oid limit 1);
begin
  if v_language is null then
    raise exception 'there is no text search configuration %', coalesce(p_language, 'null') using errcode = '22023',
      hint = 'simple is for no language in particular; list the others: select cfgname from pg_ts_config';
  end if;
  insert into nova.email_search_progress default values on conflict do nothing;
  update nova.email_search_progress p
     set language = (select format('%I.%I', n.nspname, c.cfgname)
                       from pg_ts_config c join pg_namespace n on n.oid = c.cfgnamespace where c.oid = v_language)
   where p.language::regconfig <> v_language;
  if found then
    perform nova.begin_search_pass('0', '18446744073709551615');
  end if;
end
$$;
comment on function nova.set_search_language(text) is
  'Has the words of all mail searched by their stems in a language too, a name of pg_ts_config such as english; simple '
  'takes it back. All mail is filled again, task by task. 22023: there is no such language.';

create or replace function nova.fill_search(p_limit integer) returns bigint
language plpgsql set search_path = pg_catalog, pg_temp as $$
declare
  c_last constant xid8 := '18446744073709551615';
  c_rows constant integer := 50; -- between two looks at the clock
  v_at nova.email_search_progress;
  v_settled xid8 := pg_snapshot_xmin(pg_current_snapshot());
  -- Its own bound: a fourth of what the session gives a statement, so that what a call did is kept.
  v_time bigint := coalesce(nullif((select s.setting::bigint from pg_settings s where s.name = 'statement_timeout'), 0)
                            / 4, 10000);
  v_until timestamptz := clock_timestamp() + least(v_time, 10000) * interval '1 millisecond';
  v_many xid8;
  v_page record;
  v_count integer := 0;
begin
  select p.* into v_at from nova.email_search_progress p for update skip locked;
  if not found then
    return 0;
  end if;
  if v_at.filled_up_to > v_settled then
    -- Restored into a server that has counted fewer transactions: the numbers say nothing any more.
    v_at := nova.begin_search_pass('0', c_last);
  end if;
  -- The first transaction that changed more than a few batches: to sort its rows for each would take ever longer.
  select s.changed_in into v_many
    from (select m.changed_in from public.flux_email_messages m
           where m.changed_in >= v_at.filled_up_to and m.changed_in < v_settled
           order by m.changed_in limit 20 * p_limit) s
   group by s.changed_in having count(*) > 10 * p_limit order by s.changed_in limit 1;
  select array_agg(s.inbox_id order by s.place) as inboxes, array_agg(s.nylas_message_id order by s.place) as messages,
         array_agg(s.changed_in order by s.place) as changes, count(*) as count into v_page
    from (select m.changed_in, m.nylas_message_id, m.inbox_id,
                 row_number() over (order by m.changed_in, m.nylas_message_id, m.inbox_id) as place
            from public.flux_email_messages m
           where m.changed_in >= v_at.filled_up_to and m.changed_in < coalesce(v_many, v_settled)
             and (m.changed_in, m.nylas_message_id, m.inbox_id)
                 > (v_at.filled_up_to, v_at.filled_message, v_at.filled_inbox)
           order by m.changed_in, m.nylas_message_id, m.inbox_id limit p_limit) s;
  while v_count < v_page.count and (v_count = 0 or clock_timestamp() < v_until) loop
    perform nova.make_searchable(v_page.inboxes[v_count + 1:v_count + c_rows],
                                 v_page.messages[v_count + 1:v_count + c_rows]);
    v_count := least(v_count + c_rows, v_page.count);
    update nova.email_search_progress
       set filled_up_to = v_page.changes[v_count], filled_message = v_page.messages[v_count],
           filled_inbox = v_page.inboxes[v_count];
  end loop;
  if v_count = 0 and v_many is not null then
    v_at := nova.begin_search_pass(v_many, v_many);
  end if;
  if v_at.pass_from is not null and v_count < p_limit and clock_timestamp() < v_until then
    return v_count + nova.pass_search(v_at, p_limit - v_count, v_until);
  end if;
  return v_count;
end
$$;
comment on function nova.fill_search(integer) is
  'Makes up to p_limit messages that changed searchable, in at most ten seconds and a fourth of the statement '
  'time-out. Returns how many it looked at; 0 when there is nothing to do or another call does it. For a maintenance '
  'task.';

do $$
begin
  revoke all on public.flux_email_search from public;
  if to_regrole('anon') is not null then
    revoke all on public.flux_email_search from anon, authenticated;
  end if;
  if to_regrole('service_role') is not null then
    grant select, insert, update, delete on public.flux_email_search to service_role;
  end if;
end
$$;
revoke all on all functions in schema nova from public;
select nova.mark_names();
