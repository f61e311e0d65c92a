-- How one message came, or why it is not there: the journal of what observations did to rows, and what the tables say
-- beside it, in parts of nova.why_message (017_message_identity), of which `nova why` makes sentences.

create table if not exists nova.mail_journal (
  inbox_id uuid not null,
  nylas_message_id text collate "C" not null,
  at timestamptz not null default now(),
  event text not null,
  lo bigint not null,
  hi bigint not null,
  row_lo bigint,
  row_hi bigint,
  origin text not null
) with (autovacuum_vacuum_scale_factor = 0.05);
create index if not exists mail_journal_message on nova.mail_journal (nylas_message_id, inbox_id);
create index if not exists mail_journal_at on nova.mail_journal (at);
comment on table nova.mail_journal is
  'What observations did to messages, for thirty days: all but confirmations and what a backfill inserted, which '
  'the row of the message says. It holds no key of an inbox, which would cost each row a look at it.';
comment on column nova.mail_journal.event is
  'replaced, ignored or doubtful, as nova.judge_observation says; inserted: there was no row; deleted: a tombstone; '
  'not_found: the first 404.';
comment on column nova.mail_journal.lo is
  'With hi the interval of the observation, as in flux_email_messages; row_lo and row_hi: that of the row before it.';
comment on column nova.mail_journal.origin is 'backfill, webhook, reconcile or refetch.';

-- nova.store_messages calls these two.
create or replace function nova.note_arrivals(
  p_inbox_id uuid[], p_id text[], p_lo bigint[], p_hi bigint[], p_origin text[], p_places integer[])
returns void
language plpgsql set search_path = pg_catalog, pg_temp as $$
begin
  insert into nova.mail_journal (inbox_id, nylas_message_id, event, lo, hi, origin)
  select p_inbox_id[i], p_id[i], 'inserted', p_lo[i], p_hi[i], p_origin[i]
    from unnest(p_places) i where p_origin[i] <> 'backfill';
end
$$;
comment on function nova.note_arrivals is
  'Notes observations that were inserted, but those of a backfill: a year of mail writes no journal.';

create or replace function nova.note_decisions(
  p_inbox_id uuid[], p_id text[], p_lo bigint[], p_hi bigint[], p_origin text[], p_places integer[],
  p_confirmed integer[], p_replaced integer[], p_doubtful integer[])
returns void
language plpgsql set search_path = pg_catalog, pg_temp as $$
declare
  v_event text;
  v_places integer[];
  v_ignored integer[] := '{}';
begin
  if cardinality(p_places) > cardinality(p_confirmed) + cardinality(p_replaced) + cardinality(p_doubtful) then
    v_ignored := array(select unnest(p_places) except select unnest(p_confirmed || p_replaced || p_doubtful));
  end if;
  -- An event a statement: most calls have one message, of whose time a plan for all events would be a tenth.
  foreach v_event in array array['replaced', 'doubtful', 'ignored'] loop
    v_places := case v_event when 'replaced' then p_replaced when 'doubtful' then p_doubtful else v_ignored end;
    continue when cardinality(v_places) = 0;
    insert into nova.mail_journal (inbox_id, nylas_message_id, event, lo, hi, row_lo, row_hi, origin)
    select p_inbox_id[n.i], p_id[n.i], v_event, p_lo[n.i], p_hi[n.i], m.lo, m.hi, p_origin[n.i]
      from unnest(v_places) n (i)
      join public.flux_email_messages m on m.inbox_id = p_inbox_id[n.i] and m.nylas_message_id = p_id[n.i];
  end loop;
end
$$;
comment on function nova.note_decisions is
  'Notes what observations are about to do to rows, which the caller has locked, but confirmations.';

create or replace function nova.prune_mail_journal(keep interval default '30 days', at_most integer default 100000)
returns bigint
language sql set search_path = pg_catalog, pg_temp as $$
  with gone as (
    delete from nova.mail_journal j where j.ctid = any (array(
      select o.ctid from nova.mail_journal o where o.at < clock_timestamp() - keep order by o.at limit at_most))
    returning 1)
  select count(*) from gone
$$;
comment on function nova.prune_mail_journal is
  'Forgets what is older than keep, the oldest first, at most so many a call. Returns how many.';

-- The parts of nova.why_message: facts that concern one message, and of which inbox. A kind is STEP/WHAT. state: ok, it
-- happened; waits, it goes on by itself; no, it does not. p_inbox null: of every inbox.
create or replace function nova.instant(p_microseconds bigint) returns text
language sql stable set search_path = pg_catalog, pg_temp as $$
  select to_char(to_timestamp(p_microseconds / 1000000.0) at time zone 'UTC', 'YYYY-MM-DD HH24:MI:SS.MS')
   where p_microseconds > nova.open_below()
$$;
comment on function nova.instant is 'A bound of an interval in words, UTC; null: open.';

create or replace function nova.why_notified(p_inbox uuid, p_message text)
returns table (inbox_id uuid, rank integer, at timestamptz, kind text, state text, facts jsonb)
language sql stable set search_path = pg_catalog, pg_temp as $$
  with times as (
    -- Its notifications are looked for where they can be: lately, when its row came, when the journal says.
    select now() - interval '2 days' as from_at, 'infinity'::timestamptz as to_at
    union all
    select m.created_at - interval '10 minutes', m.created_at + interval '1 second' from public.flux_email_messages m
     where m.nylas_message_id = p_message and (p_inbox is null or m.inbox_id = p_inbox)
    union all
    select to_timestamp(j.hi / 1000000.0) - interval '1 millisecond',
           to_timestamp(j.hi / 1000000.0) + interval '1 millisecond'
      from nova.mail_journal j
     where j.nylas_message_id = p_message and j.origin = 'webhook' and (p_inbox is null or j.inbox_id = p_inbox)
  ), named as (
    select distinct on (n.notification_id) i.id as inbox_id, i.status as inbox_status, n.notification_id as id,
           n.notification_type as type, n.status, n.deliveries, n.retries, n.received_at, n.processed_at,
           n.error_message, n.payload #>> '{data,object,date}' as date, p.tries, p.due_at, n.handled_attempt,
           c.name as node, h.name as handler
      from times t
      join public.flux_webhook_notifications n on n.received_at between t.from_at and t.to_at
      left join public.flux_inboxes i on i.grant_id = n.grant_id
      left join nova.parked_notifications p on p.notification_id = n.notification_id
      left join nova.cluster_nodes c on c.epoch = p.claimed_by and p.due_at > now()
      left join nova.cluster_nodes h on h.epoch = n.handled_by
     where (p_inbox is null or i.id = p_inbox)
       -- To look for a text costs a third of reading the JSON.
       and case when n.notification_id = p_message then true
                when p_message = '' or position(p_message in n.payload::text) = 0 then false
                else p_message in (n.payload #>> '{data,object,id}', n.payload #>> '{data,object,message_id}') end
  )
  select n.inbox_id, 1, n.received_at, 'received/notification', 'ok',
         jsonb_build_object('notification', n.id, 'type', n.type, 'deliveries', n.deliveries, 'date', n.date)
    from named n
  union all
  select n.inbox_id, 2, case when n.status = 'pending' then n.due_at else n.processed_at end,
         case when n.status = 'processed' then 'handled/done' when n.status = 'ignored' then 'handled/ignored'
              when n.status = 'error' then 'handled/failed' when n.node is not null then 'handled/in_hand'
              when n.due_at is null then 'handled/queued' else 'handled/parked' end,
         case n.status when 'processed' then 'ok' when 'pending' then 'waits' else 'no' end,
         jsonb_build_object('notification', n.id, 'type', n.type, 'reason', nullif(n.error_message, ''),
                            'attempt', coalesce(n.handled_attempt, coalesce(n.tries, n.retries) + 1),
                            'node', coalesce(n.node, n.handler),
                            'until', to_char(n.due_at at time zone 'UTC', 'YYYY-MM-DD HH24:MI:SS'),
                            'inbox', nullif(n.inbox_status, 'active'))
    from named n
$$;
comment on function nova.why_notified is
  'The notifications that name a message, or have that id, and what became of each.';

create or replace function nova.why_listed(p_inbox uuid, p_message text)
returns table (inbox_id uuid, rank integer, at timestamptz, kind text, state text, facts jsonb)
language sql stable set search_path = pg_catalog, pg_temp as $$
  with configs as (
    select c.id, c.inbox_id from public.flux_inbox_configurations c where p_inbox is null or c.inbox_id = p_inbox
  ), here as (
    select m.inbox_id, m.nylas_thread_id, m.deleted_at is null and not m.provisional as whole
      from public.flux_email_messages m
     where m.nylas_message_id = p_message and (p_inbox is null or m.inbox_id = p_inbox)
  ), excused as (
    select c.inbox_id, e.* from configs c
      join nova.excused_messages e on e.config_id = c.id and e.nylas_message_id = p_message
  ), named as (
    select c.inbox_id, q.config_id, q.thread_id, q.status from configs c
      join public.queued_threads q on q.config_id = c.id and q.status in ('queued', 'processing', 'failed')
       and p_message = any (q.named)
  ), threads as (
    select h.inbox_id, h.nylas_thread_id as thread_id from here h where h.nylas_thread_id is not null
    union select n.inbox_id, n.thread_id from named n
    union select e.inbox_id, e.nylas_thread_id from excused e
    -- An id that no message has may be that of a thread.
    union select distinct c.inbox_id, p_message from configs c where not exists (select from here)
  )
  select c.inbox_id, 2, coalesce(q.processed_at, q.claimed_at, nullif(q.next_attempt_at, '-infinity'), q.created_at),
         case q.status when 'queued' then 'thread/queued' when 'processing' then 'thread/in_hand'
                       when 'failed' then 'thread/failed' else 'thread/done' end,
         case q.status when 'completed' then 'ok' when 'failed' then 'no' else 'waits' end,
         jsonb_build_object('config', q.config_id, 'thread', q.thread_id, 'attempts', q.attempts, 'node', q.claim_node,
                            'reason', nullif(left(q.error_message, 300), ''), 'until', nullif(to_char(
                              nullif(q.next_attempt_at, '-infinity') at time zone 'UTC', 'YYYY-MM-DD HH24:MI:SS'), ''))
    from threads t
    join configs c on c.inbox_id = t.inbox_id
    join public.queued_threads q on q.config_id = c.id and q.thread_id = t.thread_id collate "C"
  union all
  select n.inbox_id, 6, null, 'named/missing', 'waits', jsonb_build_object('config', n.config_id, 'thread', n.thread_id)
    from named n
   where not exists (select from here h where h.inbox_id = n.inbox_id and h.whole)
  union all
  select e.inbox_id, 6, e.excused_at, 'excused/noted', 'no',
         jsonb_build_object('config', e.config_id, 'thread', e.nylas_thread_id, 'reason', e.reason)
    from excused e
   where not exists (select from here h where h.inbox_id = e.inbox_id and h.whole)
  union all
  select j.inbox_id, 6, j.last_seen_at, 'rejected/kept', 'no',
         jsonb_build_object('reason', j.reason, 'times', j.times_seen, 'version', j.version)
    from public.flux_email_rejects j
   where j.kind = 'message' and j.provider_id = left(p_message, 4096) and (p_inbox is null or j.inbox_id = p_inbox)
$$;
comment on function nova.why_listed is
  'What backfills know of a message: its thread''s work, whether it was named, excused or could not be read.';

create or replace function nova.why_written(p_inbox uuid, p_message text)
returns table (inbox_id uuid, rank integer, at timestamptz, kind text, state text, facts jsonb)
language sql stable set search_path = pg_catalog, pg_temp as $$
  with m as (
    select m.*, (select j.origin from nova.mail_journal j
                  where j.nylas_message_id = p_message and j.inbox_id = m.inbox_id and j.event = 'deleted'
                  order by j.at desc limit 1) as deleted_by,
           (select ((m.changed_in, m.nylas_message_id, m.inbox_id)
                      <= (p.filled_up_to, p.filled_message, p.filled_inbox)
                    or m.changed_in > pg_snapshot_xmax(pg_current_snapshot())) -- of the server before a restore
                   and coalesce(m.changed_in not between p.pass_from and p.pass_to
                                or (m.nylas_message_id, m.inbox_id) <= (p.passed_message, p.passed_inbox), true)
              from nova.email_search_progress p) as looked_at,
           exists (select from public.flux_email_search f
                    where f.nylas_message_id = p_message and f.inbox_id = m.inbox_id) as searchable
      from public.flux_email_messages m
     where m.nylas_message_id = p_message and (p_inbox is null or m.inbox_id = p_inbox)
  ), steps as (
    select j.inbox_id, 3 as rank, j.at, 'judged/' || j.event as kind, 'ok' as state, j.lo, j.hi,
           jsonb_build_object('origin', j.origin, 'row_lo', nova.instant(j.row_lo), 'row_hi', nova.instant(j.row_hi))
             as more
      from nova.mail_journal j
     where j.nylas_message_id = p_message and (p_inbox is null or j.inbox_id = p_inbox)
    union all
    select m.inbox_id, 3, to_timestamp(m.hi / 1000000.0), 'judged/confirmed', 'ok', m.lo, m.hi, '{}'
      from m where m.deleted_at is null and to_timestamp(m.hi / 1000000.0) > m.updated_at
    union all
    -- One that was deleted before it was known has a row, and was never written.
    select m.inbox_id, 4, m.created_at, 'written/stored', 'ok', m.lo, m.hi, jsonb_build_object('origin', m.origin)
      from m where m.deleted_at is distinct from m.created_at
    union all
    select m.inbox_id, 4, m.updated_at, 'written/changed', 'ok', m.lo, m.hi, '{}'
      from m where m.deleted_at is null and m.updated_at > m.created_at
    union all
    select m.inbox_id, 6, m.refetch_at,
           case when m.not_found > 0 then 'again/not_found' when m.doubt_hi is not null then 'again/doubt'
                when m.provisional then 'again/provisional' else 'again/due' end, 'waits', m.lo, m.hi,
           jsonb_build_object('not_found', m.not_found, 'until', to_char(m.refetch_at at time zone 'UTC',
                                                                         'YYYY-MM-DD HH24:MI:SS'))
      from m where m.refetch_at is not null
    union all
    select m.inbox_id, 5, m.deleted_at,
           case when coalesce(m.deleted_by = 'webhook', m.lo = nova.open_below()) then 'gone/notified'
                else 'gone/not_found' end, 'no', m.lo, m.hi, '{}'
      from m where m.deleted_at is not null
    union all
    select m.inbox_id, 5, null,
           case when not m.looked_at then 'search/behind' when m.searchable then 'search/filled'
                else 'search/refused' end,
           case when not m.looked_at then 'waits' when m.searchable then 'ok' else 'no' end, m.lo, m.hi, '{}'
      from m where m.deleted_at is null
  )
  select s.inbox_id, s.rank, s.at, s.kind, s.state,
         s.more || jsonb_build_object('lo', nova.instant(s.lo), 'hi', nova.instant(s.hi)) from steps s
$$;
comment on function nova.why_written is
  'What the row of a message and the journal say: judged, written, read again, gone, searchable.';

create or replace function nova.why_absent(p_inbox uuid, p_date timestamptz)
returns table (inbox_id uuid, rank integer, at timestamptz, kind text, state text, facts jsonb)
language sql stable set search_path = pg_catalog, pg_temp as $$
  with c as (
    select c.*, p_date >= c.backfill_start and p_date < c.backfill_end as covers
      from public.flux_inbox_configurations c where c.inbox_id = p_inbox
  )
  select p_inbox, 7, null::timestamptz, 'inbox/unknown', 'no', '{}'::jsonb
   where not exists (select from public.flux_inboxes i where i.id = p_inbox)
  union all
  select i.id, 7, i.status_changed_at, 'inbox/' || i.status, 'no',
         jsonb_build_object('email', i.email, 'reason', nullif(i.status_reason, ''))
    from public.flux_inboxes i
   where i.id = p_inbox and i.status <> 'active'
  union all
  select i.id, 7, o.since, 'inbox/out_of_reach', 'waits', jsonb_build_object('reason', left(o.last_error, 300))
    from public.flux_inboxes i
    join nova.provider_outages o on o.scope = 'grant' and o.subject = i.grant_id
   where i.id = p_inbox and i.status = 'active'
  union all
  select p_inbox, 7, s.changed_at, 'work/paused', 'waits',
         jsonb_build_object('what', replace(substr(s.key, 8), 'queue.', 'queue:'), 'by', s.changed_by,
                            'reason', nullif(s.reason, ''))
    from nova.settings s
   where s.key like 'paused.%' and s.value = 'true' and coalesce(s.revert_at > clock_timestamp(), true)
  union all
  select p_inbox, 8, null, 'range/none', 'no', '{}' where not exists (select from c)
  union all
  select p_inbox, 8, null, 'range/outside', 'no',
         jsonb_build_object('date', to_char(p_date at time zone 'UTC', 'YYYY-MM-DD'),
                            'from', to_char(min(c.backfill_start) at time zone 'UTC', 'YYYY-MM-DD'),
                            'to', to_char(max(c.backfill_end) at time zone 'UTC', 'YYYY-MM-DD'))
    from c having count(*) > 0 and not bool_or(c.covers)
  union all
  select p_inbox, 8, c.updated_at, case when p_date is null then 'range/known' else 'range/inside' end,
         case when c.backfill_status = 'completed' then 'ok'
              when c.backfill_status in ('failed', 'cancelled', 'paused', 'idle') then 'no' else 'waits' end,
         jsonb_build_object('config', c.id, 'status', c.backfill_status,
                            'from', to_char(c.backfill_start at time zone 'UTC', 'YYYY-MM-DD'),
                            'to', to_char(c.backfill_end at time zone 'UTC', 'YYYY-MM-DD'))
    from c where coalesce(c.covers, true)
  union all
  select p_inbox, 8, null, 'range/gap', 'no',
         jsonb_build_object('config', c.id, 'gap', g.gap->>'kind', 'reason', left(g.gap->>'reason', 300))
    from c cross join jsonb_array_elements(c.gaps) g (gap)
   where coalesce(p_date >= (g.gap->>'from')::timestamptz
                  and p_date < coalesce((g.gap->>'to')::timestamptz, 'infinity'), true)
$$;
comment on function nova.why_absent is
  'Why an inbox may lack a message: what it or its work is held up by, and which backfills reach to p_date.';

do $$
begin
  alter table nova.mail_journal enable row level security;
  revoke all on nova.mail_journal from public;
  if to_regrole('anon') is not null then
    revoke all on nova.mail_journal from anon, authenticated;
  end if;
end
$$;
select nova.grant_rights('service_role', 'select, insert, update, delete', 'nova.mail_journal');
revoke all on all functions in schema nova from public;
