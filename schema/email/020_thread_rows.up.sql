-- The rows of threads, which are derived from their messages. Whoever writes messages locks the rows of their threads
-- first, in the order of inbox and id: nova.add_to_threads for nova.store_messages, nova.lock_threads for all others.

create or replace function nova.lock_threads(p_inbox_id uuid[], p_thread_id text[]) returns void
language plpgsql set search_path = pg_catalog, pg_temp as $$
begin
  insert into public.flux_email_threads as t (inbox_id, nylas_thread_id)
  select distinct k.inbox_id, k.thread_id collate "C" from unnest(p_inbox_id, p_thread_id) k (inbox_id, thread_id)
   where k.thread_id <> ''
   order by 1, 2
      on conflict (inbox_id, nylas_thread_id) do update set updated_at = t.updated_at where false;
end
$$;
comment on function nova.lock_threads is
  'Creates the rows of threads that are not there and locks those that are, in the order of their ids: who '
  'writes messages of a thread does this first.';

create or replace function nova.thread_folders(p_lists jsonb[]) returns jsonb
language sql immutable set search_path = pg_catalog, pg_temp as $$
  select coalesce(jsonb_agg(distinct f.id order by f.id), '[]')
    from unnest(p_lists) s (list), jsonb_array_elements(s.list) f (id)
$$;
comment on function nova.thread_folders is 'The folders of a thread: the union of its messages'', sorted.';

create or replace function nova.thread_participants(p_lists jsonb[]) returns jsonb
language sql immutable set search_path = pg_catalog, pg_temp as $$
  select coalesce(jsonb_agg(p.person order by p.address), '[]')
    from (select distinct on (lower(e.person->>'email')) e.person, lower(e.person->>'email') as address
            from unnest(p_lists) s (list), jsonb_array_elements(s.list) e (person)
           where e.person->>'email' <> ''
           order by lower(e.person->>'email'), length(e.person->>'name') desc nulls last, e.person) p
$$;
comment on function nova.thread_participants is
  'The participants of a thread: each address once, with the longest name that it has.';

create or replace function nova.recompute_threads(p_inbox_id uuid[], p_thread_id text[]) returns void
language plpgsql set search_path = pg_catalog, pg_temp as $$
begin
  -- By their places, so that no plan, made while the table was small, looks for them in the whole of it.
  update public.flux_email_threads t
     set message_count = a.message_count, unread = coalesce(a.unread, false), starred = coalesce(a.starred, false),
         has_attachments = coalesce(a.has_attachments, false), earliest_message_at = a.earliest,
         latest_message_at = a.latest, subject = coalesce(a.subject, ''), snippet = coalesce(a.snippet, ''),
         updated_at = now(), folders = nova.thread_folders(a.folders), participants = nova.thread_participants(a.people)
    from unnest(p_inbox_id, p_thread_id) k (inbox_id, thread_id)
   cross join lateral (select h.ctid as place from public.flux_email_threads h
                        where h.inbox_id = k.inbox_id and h.nylas_thread_id = k.thread_id offset 0) h
   cross join lateral (
      select count(m.lo)::integer as message_count, bool_or(m.unread) as unread, bool_or(m.starred) as starred,
             bool_or(m.has_attachments) as has_attachments, min(m.message_date) as earliest,
             max(m.message_date) as latest,
             (array_agg(m.subject order by m.message_date desc nulls last, m.nylas_message_id desc))[1] as subject,
             (array_agg(m.snippet order by m.message_date desc nulls last, m.nylas_message_id desc))[1] as snippet,
             array_agg(distinct m.folders) as folders,
             array_agg(distinct m.from_addresses || m.to_addresses || m.cc_addresses) as people
        from public.flux_email_messages m
       where m.nylas_thread_id = k.thread_id and m.inbox_id = k.inbox_id and m.deleted_at is null) a
   where t.ctid = h.place;
end
$$;
comment on function nova.recompute_threads is
  'Takes the aggregates of threads, which the caller has locked, from their messages.';

create or replace function nova.thread_gains(
  p_inbox_id uuid[], p_thread_id text[], p_subject text[], p_snippet text[], p_from text[], p_to text[], p_cc text[],
  p_attachments text[], p_folders text[], p_date bigint[], p_unread boolean[], p_starred boolean[], p_carried bigint[],
  p_places integer[])
returns table (inbox_id uuid, thread_id text, message_count integer, unread boolean, starred boolean,
               has_attachments boolean, earliest timestamptz, latest timestamptz, subject text, snippet text,
               folders jsonb, participants jsonb)
language plpgsql set search_path = pg_catalog, pg_temp set enable_hashjoin = on as $$
begin
  -- Lists of all threads at once, and each text of a list once a thread: a function for each thread and list took a
  -- tenth of what it costs to store a message. An aggregate takes its rows in the order in which they come.
  return query
  with gained as (
    select l.inbox_id, l.thread_id, count(*)::integer as message_count, bool_or(p_unread[l.i]) as unread,
           bool_or(p_starred[l.i]) as starred,
           bool_or(p_carried[l.i] & 4 <> 0 and length(p_attachments[l.i]) > 2) as has_attachments,
           min(l.date) as earliest, max(l.date) as latest,
           -- The last of the newest: places are in the order of ids.
           max(array[case when l.date is null then nova.open_below() else p_date[l.i] end, l.n, l.i]) as newest
      from (select p_inbox_id[u.i] as inbox_id, p_thread_id[u.i] collate "C" as thread_id,
                   case when p_date[u.i] between -62135596800 and 253402300799 then to_timestamp(p_date[u.i]) end
                     as date, u.i, u.n
              from unnest(p_places) with ordinality u (i, n) where p_thread_id[u.i] <> '') l
     group by l.inbox_id, l.thread_id),
  folder_lists as (
    select f.inbox_id, f.thread_id, jsonb_agg(f.id) as list
      from (select distinct d.thread_id, d.inbox_id, e.id
              from (select distinct p_inbox_id[i] as inbox_id, p_thread_id[i] collate "C" as thread_id,
                           p_folders[i] as list from unnest(p_places) i where p_thread_id[i] <> '') d,
                   jsonb_array_elements(d.list::jsonb) e (id)
             order by d.thread_id, d.inbox_id, e.id) f
     group by f.thread_id, f.inbox_id),
  people_lists as (
    select p.inbox_id, p.thread_id, jsonb_agg(p.person) as list
      from (select distinct on (d.thread_id, d.inbox_id, lower(e.person->>'email')) d.inbox_id, d.thread_id, e.person
              from (select distinct p_inbox_id[i] as inbox_id, p_thread_id[i] collate "C" as thread_id,
                           p_from[i] as f, p_to[i] as t, p_cc[i] as c
                      from unnest(p_places) i where p_thread_id[i] <> '') d,
                   jsonb_array_elements(d.f::jsonb || d.t::jsonb || d.c::jsonb) e (person)
             where e.person->>'email' <> ''
             order by d.thread_id, d.inbox_id, lower(e.person->>'email'),
                      length(e.person->>'name') desc nulls last, e.person) p
     group by p.thread_id, p.inbox_id)
  select g.inbox_id, g.thread_id, g.message_count, g.unread, g.starred, g.has_attachments, g.earliest, g.latest,
         p_subject[g.newest[3]], p_snippet[g.newest[3]], coalesce(f.list, '[]'), coalesce(p.list, '[]')
    from gained g
    left join folder_lists f on f.inbox_id = g.inbox_id and f.thread_id = g.thread_id
    left join people_lists p on p.inbox_id = g.inbox_id and p.thread_id = g.thread_id;
end
$$;
comment on function nova.thread_gains is
  'What messages at these places, which are in the order of their ids, add to their threads: the row of a thread that '
  'has no others.';

create or replace function nova.add_to_threads(
  p_inbox_id uuid[], p_thread_id text[], p_subject text[], p_snippet text[], p_from text[], p_to text[], p_cc text[],
  p_attachments text[], p_folders text[], p_date bigint[], p_unread boolean[], p_starred boolean[], p_carried bigint[],
  p_places integer[], p_other_inbox uuid[], p_other_thread text[], out touched_inbox uuid[],
  out touched_thread text[])
language plpgsql set search_path = pg_catalog, pg_temp as $$
begin
  with gained as materialized (
    select * from nova.thread_gains(p_inbox_id, p_thread_id, p_subject, p_snippet, p_from, p_to, p_cc, p_attachments,
                                    p_folders, p_date, p_unread, p_starred, p_carried, p_places)),
  others as (
    select k.inbox_id, k.thread_id from unnest(p_other_inbox, p_other_thread) k (inbox_id, thread_id)
     where k.thread_id <> ''
    except
    select g.inbox_id, g.thread_id from gained g),
  written as (
    insert into public.flux_email_threads as t (
      inbox_id, nylas_thread_id, message_count, unread, starred, has_attachments, earliest_message_at,
      latest_message_at, subject, snippet, folders, participants)
    select k.* from (
      select g.inbox_id, g.thread_id collate "C", g.message_count, g.unread, g.starred, g.has_attachments, g.earliest,
             g.latest, g.subject, g.snippet, g.folders, g.participants from gained g
      union all
      select o.inbox_id, o.thread_id collate "C", 0, false, false, false, null, null, '', '', '[]', '[]'
        from others o) k
     order by 1, 2
        on conflict (inbox_id, nylas_thread_id) do update
       set message_count = t.message_count + excluded.message_count, unread = t.unread or excluded.unread,
           starred = t.starred or excluded.starred, has_attachments = t.has_attachments or excluded.has_attachments,
           earliest_message_at = least(t.earliest_message_at, excluded.earliest_message_at),
           latest_message_at = greatest(t.latest_message_at, excluded.latest_message_at), updated_at = now(),
           subject = case when t.message_count > 0
                           and coalesce(excluded.latest_message_at < t.latest_message_at,
                                        excluded.latest_message_at is null)
                          then t.subject else excluded.subject end,
           snippet = case when t.message_count > 0
                           and coalesce(excluded.latest_message_at < t.latest_message_at,
                                        excluded.latest_message_at is null)
                          then t.snippet else excluded.snippet end,
           folders = case when t.folders @> excluded.folders then t.folders
                          else nova.thread_folders(array[excluded.folders, t.folders]) end,
           participants = case when t.participants @> excluded.participants then t.participants
                               else nova.thread_participants(array[excluded.participants, t.participants]) end
     -- Of two messages of one second the row does not say which one its subject is of.
     where excluded.message_count > 0
       and (t.message_count = 0 or t.latest_message_at is distinct from excluded.latest_message_at)
    returning t.inbox_id, t.nylas_thread_id)
  select coalesce(array_agg(g.inbox_id), '{}'), coalesce(array_agg(g.thread_id), '{}')
    into touched_inbox, touched_thread
    from gained g where (g.inbox_id, g.thread_id) not in (select w.inbox_id, w.nylas_thread_id from written w);
end
$$;
comment on function nova.add_to_threads is
  'Creates and locks the rows of threads, and takes into them the messages at these places, which are about to be '
  'inserted; the other threads are only locked. What a thread had is in its row already, so that a new message costs '
  'nothing for those before it. Returns the threads that are still to be computed.';
revoke all on all functions in schema nova from public;
