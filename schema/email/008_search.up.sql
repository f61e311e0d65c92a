-- Full-text search, filled behind the sync path: to store a message costs it one append to the index on changed_in.
-- What changed in a transaction older than every one that still runs is settled: a cursor below that misses nothing.
select nova.expect_names('flux_email_search', 'flux_email_search_content');

create table if not exists public.flux_email_search (
  inbox_id uuid not null,
  nylas_message_id text collate "C" not null,
  content tsvector not null,
  primary key (nylas_message_id, inbox_id),
  foreign key (nylas_message_id, inbox_id) references public.flux_email_messages on delete cascade
);
create index if not exists flux_email_search_content on public.flux_email_search using gin (content);
alter table public.flux_email_search enable row level security;
comment on table public.flux_email_search is
  'What can be searched of a message, some time after it was stored: where content @@ '
  'websearch_to_tsquery(''simple'', $1).';
comment on column public.flux_email_search.content is
  'Subject (A), addresses (B) and the text of the body (D), in no language''s dictionary.';

create table if not exists nova.email_search_progress (
  only_row boolean primary key default true check (only_row),
  filled_up_to xid8 not null default '0'
);
insert into nova.email_search_progress default values on conflict do nothing;
comment on table nova.email_search_progress is 'Where nova.fill_search goes on.';

create or replace function nova.searchable_text(p_body text, p_chars integer) returns text
language sql immutable set search_path = pg_catalog, pg_temp as $$
  -- What is not closed goes to the end, as in a browser: looked for again at each of many, it would take minutes.
  select regexp_replace(regexp_replace(regexp_replace(left(p_body, p_chars), '<style[^>]*?>.*?(</style>|$)', ' ', 'gi'),
                                       '<script[^>]*?>.*?(</script>|$)', ' ', 'gi'), '<[^>]*>|&[a-z]+;', ' ', 'gi')
$$;
comment on function nova.searchable_text is 'The beginning of a body without its markup.';

create or replace function nova.search_words(p_text text) returns tsvector
language sql immutable set search_path = pg_catalog, pg_temp as $$
  -- The parser's time grows with the square of what has no space in it, and of a comment that does not end.
  select to_tsvector('simple', regexp_replace(replace(p_text, '<', ' '), '[^[:space:]]{250}', E'\\& ', 'g'))
$$;
comment on function nova.search_words is 'The words of a text, in a time that grows as it does.';

create or replace function nova.search_content(p_subject text, p_people text, p_text text,
                                               p_chars integer default 100000)
returns tsvector
language sql immutable set search_path = pg_catalog, pg_temp as $$
  -- A tsvector holds at most 1 MiB; whoever searches finds a longer message by its beginning.
  select setweight(nova.search_words(left(p_subject, p_chars / 10)), 'A')
    || setweight(nova.search_words(left(p_people, p_chars)), 'B')
         || setweight(nova.search_words(nova.searchable_text(p_text, p_chars)), 'D')
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
      insert into public.flux_email_search as f (inbox_id, nylas_message_id, content)
      select m.inbox_id, m.nylas_message_id,
             nova.search_content(m.subject, concat_ws(' ', m.from_addresses, m.to_addresses, m.cc_addresses),
                                 coalesce(m.body, m.snippet), v_chars)
        from public.flux_email_messages m where m.inbox_id = p_inbox and m.nylas_message_id = p_message
          on conflict (nylas_message_id, inbox_id) do update set content = excluded.content;
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
comment on function nova.make_searchable is
  'Makes one message searchable by as much of its beginning as the search can take. False when it takes nothing of it.';

create or replace function nova.fill_search(p_limit integer) returns bigint
language plpgsql set search_path = pg_catalog, pg_temp as $$
declare
  v_from xid8;
  v_to xid8;
  v_settled xid8 := pg_snapshot_xmin(pg_current_snapshot());
  v_count bigint;
begin
  select p.filled_up_to into v_from from nova.email_search_progress p for update skip locked;
  if not found then
    return 0;
  end if;
  if v_from >= v_settled then
    -- Restored into a server that has counted fewer transactions: begin again.
    v_from := '0';
    update public.flux_email_messages m set changed_in = pg_current_xact_id() where m.changed_in >= v_settled;
  end if;
  select max(s.changed_in) into v_to
    from (select m.changed_in from public.flux_email_messages m
           where m.changed_in > v_from and m.changed_in < v_settled order by m.changed_in limit p_limit) s;
  if v_to is null then
    return 0;
  end if;
  begin
    insert into public.flux_email_search as f (inbox_id, nylas_message_id, content)
    select m.inbox_id, m.nylas_message_id,
           nova.search_content(m.subject, concat_ws(' ', m.from_addresses, m.to_addresses, m.cc_addresses),
                               coalesce(m.body, m.snippet))
      from public.flux_email_messages m
     where m.changed_in > v_from and m.changed_in <= v_to and m.deleted_at is null
        on conflict (nylas_message_id, inbox_id) do update set content = excluded.content;
    get diagnostics v_count = row_count;
  exception when program_limit_exceeded or data_exception or internal_error then
    -- One of them is too much; alone it keeps no other from being found.
    select count(*) filter (where nova.make_searchable(m.inbox_id, m.nylas_message_id)) into v_count
      from public.flux_email_messages m
     where m.changed_in > v_from and m.changed_in <= v_to and m.deleted_at is null;
  end;
  delete from public.flux_email_search f using public.flux_email_messages m
   where m.changed_in > v_from and m.changed_in <= v_to and m.deleted_at is not null
     and f.nylas_message_id = m.nylas_message_id and f.inbox_id = m.inbox_id;
  update nova.email_search_progress set filled_up_to = v_to;
  return v_count;
end
$$;
comment on function nova.fill_search is
  'Makes about p_limit messages that changed searchable, whole transactions at a time. Returns how many; 0 '
  'when there is nothing to do or another call does it. For a maintenance task.';

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
