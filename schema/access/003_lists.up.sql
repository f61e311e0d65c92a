-- What a front end shows, as functions of its API: each page is a walk in one index, with the rights of the inboxes
-- that the caller may read. They run with their owner's rights, because PostgreSQL asks a policy before it looks into
-- an index whose operator could leak, such as those of jsonb and of text search; the inboxes are checked first.
select nova.expect_names('mail_threads()', 'mail_thread_messages()', 'mail_messages()', 'mail_counts()',
                         'thread_messages()', 'message_thread()');

create or replace function nova.count_label(p_inbox uuid, p_label text, p_up_to integer) returns bigint
language sql stable set search_path = pg_catalog, pg_temp as $$
  select count(*) from (select from nova.thread_labels l
                         where l.inbox_id = p_inbox and l.label = p_label limit p_up_to) x
$$;
comment on function nova.count_label(uuid, text, integer) is 'How many threads have a label, counted up to a bound.';

create or replace function nova.rarest_label(p_inboxes uuid[], p_labels text[]) returns text
language sql stable set search_path = pg_catalog, pg_temp as $$
  select l.label from unnest(p_labels) with ordinality l (label, place)
   order by case cardinality(p_labels) when 1 then 0
              else (select sum(nova.count_label(i, l.label, 2000)) from unnest(p_inboxes) i) end, l.place limit 1
$$;
comment on function nova.rarest_label(uuid[], text[]) is 'Of several labels the one that the fewest threads have.';

create or replace function public.mail_threads(
  inbox uuid default null, folder text default null, unread boolean default null, starred boolean default null,
  participant text default null, before timestamptz default null, before_id uuid default null,
  page_size integer default 50)
returns setof public.flux_email_threads
language plpgsql stable security definer set search_path = pg_catalog, pg_temp set plan_cache_mode = force_custom_plan
set enable_hashjoin = off set enable_mergejoin = off set enable_seqscan = off set jit = off as $$
#variable_conflict use_column
declare
  v_inboxes uuid[] := nova.readable_inboxes(mail_threads.inbox);
  v_size integer := least(greatest(coalesce(page_size, 50), 1), 500);
  v_before timestamptz := coalesce(mail_threads.before, 'infinity');
  v_before_id uuid := coalesce(mail_threads.before_id, '00000000-0000-0000-0000-000000000000');
  v_place text := left(mail_threads.folder, 500);
  v_labels text[] := array_remove(array[
    case when mail_threads.unread then 'u' || coalesce(':' || v_place, '') end,
    case when mail_threads.starred then 's' || coalesce(':' || v_place, '') end,
    'p:' || left(lower(mail_threads.participant), 320),
    case when mail_threads.unread or mail_threads.starred then null else 'f:' || v_place end], null);
  v_first text;
begin
  if cardinality(v_labels) = 0 then
    return query
      select t.* from unnest(v_inboxes) i (id)
       cross join lateral (
         select n.* from public.flux_email_threads n
          where n.inbox_id = i.id and n.latest_message_at <= v_before
            and (n.latest_message_at, n.id) < (v_before, v_before_id)
            and (mail_threads.unread is distinct from false or not n.unread)
            and (mail_threads.starred is distinct from false or not n.starred)
          order by n.latest_message_at desc, n.id desc limit v_size) t
       order by t.latest_message_at desc, t.id desc limit v_size;
    return;
  end if;
  v_first := nova.rarest_label(v_inboxes, v_labels);
  v_labels := array_remove(v_labels, v_first);
  return query
    select t.* from unnest(v_inboxes) i (id)
     cross join lateral (
       select n.* from nova.thread_labels l join public.flux_email_threads n on n.id = l.thread_id
        where l.inbox_id = i.id and l.label = v_first and l.latest_message_at <= v_before
          and (l.latest_message_at, l.thread_id) < (v_before, v_before_id)
          and (select count(*) from unnest(v_labels) o (label), nova.thread_labels x
                where x.inbox_id = i.id and x.label = o.label and x.latest_message_at = l.latest_message_at
                  and x.thread_id = l.thread_id) = cardinality(v_labels)
          and (mail_threads.unread is distinct from false or not n.unread)
          and (mail_threads.starred is distinct from false or not n.starred)
        order by l.latest_message_at desc, l.thread_id desc limit v_size) t
     order by t.latest_message_at desc, t.id desc limit v_size;
end
$$;
comment on function public.mail_threads(uuid, text, boolean, boolean, text, timestamptz, uuid, integer) is
  'A page of threads, newest first: of one inbox or of all that the caller reads, of a folder, unread, starred, with a '
  'participant, in any combination. The next page: before and before_id are latest_message_at and id of the last row.';

create or replace function public.mail_thread_messages(
  thread uuid, before timestamptz default null, before_id uuid default null, page_size integer default 100)
returns setof public.flux_email_messages
language sql stable security definer set search_path = pg_catalog, pg_temp as $$
  select m.* from public.flux_email_threads t
    join public.flux_email_messages m on m.nylas_thread_id = t.nylas_thread_id and m.inbox_id = t.inbox_id
   where t.id = mail_thread_messages.thread and t.inbox_id = any (nova.readable_inboxes(t.inbox_id))
     and m.deleted_at is null
     and (coalesce(m.message_date, '-infinity'), m.id)
         < (coalesce(mail_thread_messages.before, 'infinity'),
            coalesce(mail_thread_messages.before_id, '00000000-0000-0000-0000-000000000000'))
   order by coalesce(m.message_date, '-infinity') desc, m.id desc
   limit least(greatest(coalesce(page_size, 100), 1), 500)
$$;
comment on function public.mail_thread_messages(uuid, timestamptz, uuid, integer) is
  'The messages of a thread (id of flux_email_threads), newest first, in pages as mail_threads has them.';

create or replace function public.mail_messages(
  inbox uuid default null, attached boolean default null, before timestamptz default null,
  before_id uuid default null, page_size integer default 50)
returns setof public.flux_email_messages
language plpgsql stable security definer set search_path = pg_catalog, pg_temp set plan_cache_mode = force_custom_plan
set enable_seqscan = off set jit = off as $$
#variable_conflict use_column
declare
  v_inboxes uuid[] := nova.readable_inboxes(mail_messages.inbox);
  v_size integer := least(greatest(coalesce(page_size, 50), 1), 500);
  v_before timestamptz := coalesce(mail_messages.before, 'infinity');
  v_before_id uuid := coalesce(mail_messages.before_id, '00000000-0000-0000-0000-000000000000');
begin
  if mail_messages.attached then
    return query
      select m.* from unnest(v_inboxes) i (id)
       cross join lateral (
         select n.* from public.flux_email_messages n
          where uuid_hash(n.inbox_id) = uuid_hash(i.id) and n.inbox_id = i.id and n.has_attachments
            and n.deleted_at is null and n.message_date <= v_before
            and (n.message_date, n.id) < (v_before, v_before_id)
          order by n.message_date desc, n.id desc limit v_size) m
       order by m.message_date desc, m.id desc limit v_size;
    return;
  end if;
  return query
    select m.* from unnest(v_inboxes) i (id)
     cross join lateral (
       select n.* from public.flux_email_messages n
        where uuid_hash(n.inbox_id) = uuid_hash(i.id) and n.inbox_id = i.id and n.deleted_at is null
          and n.message_date <= v_before and (n.message_date, n.id) < (v_before, v_before_id)
          and (mail_messages.attached is null or n.has_attachments is distinct from true)
        order by n.message_date desc, n.id desc limit v_size) m
     order by m.message_date desc, m.id desc limit v_size;
end
$$;
comment on function public.mail_messages(uuid, boolean, timestamptz, uuid, integer) is
  'A page of messages, newest first, those with attachments (attached) or all, in pages as mail_threads has them.';

create or replace function public.mail_counts(inbox uuid default null, count_up_to integer default 1000)
returns table (inbox_id uuid, folder_id text, folder_name text, threads bigint, unread bigint, starred bigint,
               up_to integer)
language sql stable security definer set search_path = pg_catalog, pg_temp set jit = off as $$
  select i.id, f.nylas_folder_id, f.name,
         case when f.nylas_folder_id is not null
              then nova.count_label(i.id, 'f:' || left(f.nylas_folder_id, 500), b.up_to)
              else (select count(*) from (select from public.flux_email_threads t
                                           where t.inbox_id = i.id and t.latest_message_at is not null
                                           limit b.up_to) x) end,
         nova.count_label(i.id, 'u' || coalesce(':' || left(f.nylas_folder_id, 500), ''), b.up_to),
         nova.count_label(i.id, 's' || coalesce(':' || left(f.nylas_folder_id, 500), ''), b.up_to), b.up_to
    from (select least(greatest(coalesce(mail_counts.count_up_to, 1000), 1), 100000) as up_to) b
   cross join unnest(nova.readable_inboxes(mail_counts.inbox)) i (id)
   cross join lateral (select null::text as nylas_folder_id, ''::text as name
                        union all
                       (select d.nylas_folder_id, d.name from public.flux_email_folders d
                         where d.inbox_id = i.id and d.deleted_at is null
                         order by d.system_folder desc, d.name limit 500)) f
$$;
comment on function public.mail_counts(uuid, integer) is
  'Threads, unread and starred ones of each folder, and (folder_id null) of the whole inbox. Each is counted up to '
  'up_to: one that equals it may be more.';

-- Relations that PostgREST embeds: a foreign key to threads would cost each message a look, and a thread may be none.
create or replace function public.thread_messages(public.flux_email_threads) returns setof public.flux_email_messages
language sql stable rows 5 set search_path = pg_catalog, pg_temp as $$
  select m.* from public.flux_email_messages m
   where m.nylas_thread_id = $1.nylas_thread_id and m.inbox_id = $1.inbox_id and m.deleted_at is null
   order by m.message_date desc
$$;
comment on function public.thread_messages(public.flux_email_threads) is
  'The messages of a thread, for embedding: from(''flux_email_threads'').select(''*, thread_messages(*)'').';

create or replace function public.message_thread(public.flux_email_messages) returns setof public.flux_email_threads
language sql stable rows 1 set search_path = pg_catalog, pg_temp as $$
  select t.* from public.flux_email_threads t
   where t.nylas_thread_id = $1.nylas_thread_id and t.inbox_id = $1.inbox_id
$$;
comment on function public.message_thread(public.flux_email_messages) is
  'The thread of a message, for embedding: from(''flux_email_messages'').select(''*, message_thread(*)'').';

revoke all on function nova.count_label(uuid, text, integer), nova.rarest_label(uuid[], text[]) from public;
select nova.mark_names();
select nova.grant_calls('authenticated', 'public.mail_threads(uuid,text,boolean,boolean,text,timestamptz,uuid,integer)',
  'public.mail_thread_messages(uuid,timestamptz,uuid,integer)',
  'public.mail_messages(uuid,boolean,timestamptz,uuid,integer)', 'public.mail_counts(uuid,integer)',
  'public.thread_messages(public.flux_email_threads)', 'public.message_thread(public.flux_email_messages)');
