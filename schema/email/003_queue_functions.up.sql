-- What sends into the queues nylas_webhook_notifications, inbox_backfill_jobs and thread_sync_jobs,
-- always in the transaction of the row that it is about.
--
-- Errors of this system's own, all of class NV:
--   NV001 unknown inbox                NV002 the end is not after the start   NV003 the start is more than a year back
--   NV004 a backfill runs already      NV005 unknown backfill                 NV006 the inbox is disabled or removed
--   NV007 a move that is not allowed   NV008 the backfill does not run            NV009 the page was recorded already
select nova.expect_names('acknowledge_webhook_notification()', 'queue_inbox_backfill()',
                         'queue_nylas_webhook_notification()');

create or replace function nova.open_backfill(p_inbox_id uuid, p_start_date timestamptz, p_end_date timestamptz)
returns uuid
language plpgsql set search_path = pg_catalog, pg_temp as $$
declare
  v_status text;
  v_running record;
  v_config_id uuid;
begin
  -- The lock makes two calls for one inbox take turns, so that the second sees the first one's row.
  select i.status into v_status from public.flux_inboxes i where i.id = p_inbox_id for no key update;
  if not found then
    raise exception 'there is no inbox %', coalesce(p_inbox_id::text, 'null') using errcode = 'NV001',
      hint = 'Add it first, or take an id of: select id, email from flux_inboxes';
  elsif v_status in ('disabled', 'removed') then
    raise exception 'inbox % is %', p_inbox_id, v_status
      using errcode = 'NV006', hint = 'Add the inbox again, then start the backfill.';
  elsif p_start_date is null or p_end_date is null or p_end_date <= p_start_date then
    raise exception 'the backfill would end (%) before it starts (%)', coalesce(p_end_date::text, 'null'),
      coalesce(p_start_date::text, 'null')
      using errcode = 'NV002', hint = 'Give a start date that is before the end date.';
  end if;
  select c.id, c.backfill_status into v_running
    from public.flux_inbox_configurations c
   where c.inbox_id = p_inbox_id and c.backfill_status in ('pending', 'discovering', 'thread_sync', 'paused') limit 1;
  if found then
    raise exception 'backfill % of inbox % is %', v_running.id, p_inbox_id, v_running.backfill_status
      using errcode = 'NV004', hint = 'Wait until it is completed, or cancel it first.';
  end if;
  insert into public.flux_inbox_configurations (inbox_id, backfill_start, backfill_end)
  values (p_inbox_id, p_start_date, p_end_date) returning id into v_config_id;
  update public.flux_inboxes i set folders_due_at = now() where i.id = p_inbox_id;
  perform nova.move_backfill(v_config_id, 'pending', session_user, 'queue_inbox_backfill');
  perform pgmq.send('inbox_backfill_jobs', jsonb_build_object('config_id', v_config_id, 'inbox_id', p_inbox_id,
    'start_date', p_start_date, 'end_date', p_end_date));
  return v_config_id;
end
$$;
comment on function nova.open_backfill is
  'Creates the configuration of a backfill of any range and sends its job. Returns the configuration''s id. '
  'Refuses with NV001, NV002, NV004 or NV006.';

create or replace function public.queue_inbox_backfill(
  p_inbox_id uuid, p_start_date timestamptz default now() - interval '1 year',
  p_end_date timestamptz default now()) returns uuid
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
begin
  if p_start_date < date_trunc('day', now() - interval '1 year') and p_start_date < p_end_date
     and exists (select from public.flux_inboxes i where i.id = p_inbox_id and i.status not in ('disabled', 'removed'))
  then
    raise exception 'the start % is more than one year back', p_start_date using errcode = 'NV003',
      hint = format('Start at %s or later, or ask for all mail: queue_whole_inbox_backfill.',
                    date_trunc('day', now() - interval '1 year')::date);
  end if;
  return nova.open_backfill(p_inbox_id, p_start_date, p_end_date);
end
$$;
comment on function public.queue_inbox_backfill is
  'Starts a backfill of p_inbox_id from p_start_date to p_end_date, at most a year back: creates its '
  'configuration, sends its job. Returns the configuration''s id. Refuses with NV001 to NV004 or NV006.';

create or replace function nova.queue_notifications(p_ids text[], p_types text[], p_grants text[], p_payloads text[])
returns table (is_new boolean)
language plpgsql set search_path = pg_catalog, pg_temp as $$
declare
  v_new text[];
begin
  with received as (
    insert into public.flux_webhook_notifications as n (notification_id, notification_type, grant_id, payload)
    select distinct on (g.id) g.id, g.type, g.grant_id, g.payload::json
      from unnest(p_ids, p_types, p_grants, p_payloads) with ordinality g (id, type, grant_id, payload, ord)
     order by g.id, g.ord
        on conflict (notification_id) do update set deliveries = n.deliveries + 1
    returning n.notification_id as id, n.deliveries = 1 as is_new)
  select coalesce(array_agg(r.id) filter (where r.is_new), '{}') into v_new from received r;
  perform pgmq.send_batch('nylas_webhook_notifications', array(
    select jsonb_build_object('notification_id', g.id, 'type', g.type, 'grant_id', g.grant_id)
      from unnest(p_ids, p_types, p_grants) with ordinality g (id, type, grant_id, ord)
     where g.id = any (v_new) and g.ord = array_position(p_ids, g.id) order by g.ord))
    where cardinality(v_new) > 0;
  return query select g.id = any (v_new) and g.ord = array_position(p_ids, g.id)
                 from unnest(p_ids) with ordinality g (id, ord) order by g.ord;
end
$$;
comment on function nova.queue_notifications is
  'Audit rows and queue messages of many notifications. Answers in order which were new; a repeated id only '
  'counts its deliveries.';

create or replace function public.queue_nylas_webhook_notification(
  p_notification_id text, p_notification_type text, p_payload jsonb, p_grant_id text default null) returns boolean
language sql security definer set search_path = pg_catalog, pg_temp as $$
  select q.is_new from nova.queue_notifications(array[p_notification_id], array[p_notification_type],
    array[coalesce(p_grant_id, p_payload #>> '{data,object,grant_id}', p_payload #>> '{data,grant_id}', '')],
    array[p_payload::text]) q
$$;
comment on function public.queue_nylas_webhook_notification is
  'Records a notification and queues it, once for each p_notification_id. True when it was new. p_grant_id: '
  'null takes the payload''s.';

create or replace function public.acknowledge_webhook_notification(
  p_notification_id text, p_status text default 'processed', p_error_message text default null,
  p_processing_duration_ms bigint default null, p_msg_id bigint default null) returns boolean
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
declare
  v_found boolean;
begin
  update public.flux_webhook_notifications n
     set status = p_status,
         -- What is wrong has words: by them, and by no status, it is found (flux_webhook_notifications_troubled).
         error_message = case when p_status = 'error' then coalesce(nullif(p_error_message, ''), 'no reason was given')
                              else p_error_message end,
         processing_duration_ms = p_processing_duration_ms, processed_at = now()
   where n.notification_id = p_notification_id;
  v_found := found;
  if p_msg_id is not null and p_status = 'error' then
    perform pgmq.archive('nylas_webhook_notifications', p_msg_id);
  elsif p_msg_id is not null then
    perform pgmq.delete('nylas_webhook_notifications', p_msg_id);
  end if;
  return v_found;
end
$$;
comment on function public.acknowledge_webhook_notification is
  'Says what became of a notification (processed, ignored or error) and takes p_msg_id from its queue; an '
  'error is archived. False when there is no such notification.';

-- Notifications that need an answer of the provider wait here, by grant, not in the queue: whoever
-- waits for a mailbox that is throttled holds up no other.
create table if not exists nova.parked_notifications (
  notification_id text collate "C" primary key
    references public.flux_webhook_notifications (notification_id) on delete cascade,
  grant_id text collate "C" not null,
  tries integer not null default 0,
  due_at timestamptz not null default clock_timestamp(),
  claimed_by bigint
) with (fillfactor = 70);
create index if not exists parked_notifications_due on nova.parked_notifications (grant_id, due_at);
comment on table nova.parked_notifications is
  'Notifications that are pending because the provider must be asked first. Their queue messages are gone.';
comment on column nova.parked_notifications.tries is 'How often it failed by its own fault.';
comment on column nova.parked_notifications.due_at is 'When it may be taken; while it is taken, when its claim ends.';
comment on column nova.parked_notifications.claimed_by is 'The epoch of the node that has it; 0: a node alone.';

create or replace function nova.claim_parked(p_limit integer, p_share integer, p_grants text[], p_held integer[],
                                             p_node bigint)
returns table (notification_id text, grant_id text, tries integer, payload text, received_at timestamptz)
language plpgsql set search_path = pg_catalog, pg_temp as $$
#variable_conflict use_column
begin
  return query
    with recursive waiting (grant_id) as (
      select min(p.grant_id) from nova.parked_notifications p
      union all
      select (select min(p.grant_id) from nova.parked_notifications p where p.grant_id > w.grant_id)
        from waiting w
       where w.grant_id is not null),
    -- In turn one of each grant. What has no inbox any more is taken too, to be ignored.
    picked as (
      select x.notification_id
        from waiting w
        left join public.flux_inboxes i on i.grant_id = w.grant_id
        left join unnest(p_grants, p_held) h (grant_id, held) on h.grant_id = w.grant_id
       cross join lateral (select p.notification_id, p.due_at, row_number() over (order by p.due_at) as turn
                             from nova.parked_notifications p where p.grant_id = w.grant_id and p.due_at <= now()
                            order by p.due_at limit greatest(p_share - coalesce(h.held, 0), 0)) x
       where i.status is distinct from 'auth_expired'
       order by x.turn, x.due_at limit p_limit),
    locked as materialized (
      select p.notification_id from nova.parked_notifications p
       where p.notification_id in (select k.notification_id from picked k) and p.due_at <= now()
       order by p.notification_id for update of p skip locked),
    taken as (
      update nova.parked_notifications p set due_at = now() + interval '10 minutes', claimed_by = p_node
        from locked l where p.notification_id = l.notification_id returning p.notification_id, p.grant_id, p.tries)
    select t.notification_id, t.grant_id, t.tries, n.payload::text, n.received_at
      from taken t
      join public.flux_webhook_notifications n on n.notification_id = t.notification_id
     order by n.received_at;
end
$$;
comment on function nova.claim_parked is
  'Takes parked notifications for ten minutes, or until the node p_node ends: in turn one of each grant, of '
  'none more than p_share with what the caller holds (p_held of p_grants). Grants that must be authorised '
  'again wait.';

create or replace function nova.release_parked(p_node bigint, p_held text[]) returns bigint
language plpgsql set search_path = pg_catalog, pg_temp as $$
declare
  v_count bigint;
begin
  -- The transaction's own time, so that the claim that follows in it finds them.
  update nova.parked_notifications p
     set due_at = now(), claimed_by = null
   where p.claimed_by = p_node and p.notification_id <> all (p_held);
  get diagnostics v_count = row_count;
  return v_count;
end
$$;
comment on function nova.release_parked is
  'What a node has claimed without learning of it, because the connection was lost, is due again: all but '
  'p_held, which it says that it holds. Returns how many.';

create or replace function nova.park_floods(p_share integer, p_window integer) returns bigint
language plpgsql set search_path = pg_catalog, pg_temp as $$
declare
  v_count bigint;
begin
  with head as materialized (
    select q.msg_id, q.message->>'grant_id' as grant_id,
           row_number() over (partition by q.message->>'grant_id' order by q.msg_id) as turn
      from (select w.msg_id, w.message from pgmq.q_nylas_webhook_notifications w
             where w.vt <= clock_timestamp()
             order by w.msg_id limit p_window) q),
  excess as materialized (
    select q.msg_id, q.enqueued_at, n.notification_id, n.grant_id
      from head h
      join pgmq.q_nylas_webhook_notifications q on q.msg_id = h.msg_id and q.vt <= clock_timestamp()
      join public.flux_webhook_notifications n on n.notification_id = q.message->>'notification_id'
       and n.status = 'pending'
     where h.turn > p_share
       and exists (select from public.flux_inboxes i where i.status = 'active' and i.grant_id <> h.grant_id)
     order by q.msg_id for update of q skip locked),
  gone as (delete from pgmq.q_nylas_webhook_notifications q using excess e where q.msg_id = e.msg_id),
  parked as (
    insert into nova.parked_notifications as p (notification_id, grant_id, due_at)
    select e.notification_id, e.grant_id, e.enqueued_at from excess e order by e.msg_id
        on conflict do nothing)
  select count(*) into v_count from excess;
  return v_count;
end
$$;
comment on function nova.park_floods is
  'A queue has one order for all. What one grant has beyond p_share among the first p_window messages is '
  'parked, so that what others have behind it comes within reach. Not where there is one inbox only. Returns '
  'how many.';

create or replace function nova.postpone_parked(p_ids text[], p_delay_ms bigint[], p_failed boolean[], p_reasons text[])
returns integer
language plpgsql set search_path = pg_catalog, pg_temp as $$
declare
  v_count integer;
begin
  update public.flux_webhook_notifications n set error_message = left(g.reason, 2000)
    from unnest(p_ids, p_reasons) g (id, reason)
   where n.notification_id = g.id and n.status = 'pending' and g.reason <> ''
     and n.error_message is distinct from left(g.reason, 2000);
  update nova.parked_notifications p
     set due_at = clock_timestamp() + g.delay_ms * interval '1 millisecond', tries = p.tries + g.failed::integer,
         claimed_by = null
    from unnest(p_ids, p_delay_ms, p_failed) g (id, delay_ms, failed) where p.notification_id = g.id;
  get diagnostics v_count = row_count;
  return v_count;
end
$$;
comment on function nova.postpone_parked is
  'Parked notifications are due again after so many milliseconds; a failure of their own counts. The reason, '
  'unless empty, stands in the audit row meanwhile. Returns how many.';

create or replace function nova.finish_notifications(
  p_ids text[], p_status text[], p_error text[], p_duration_ms bigint[], p_msg_ids bigint[], p_read_cts integer[],
  p_keep boolean[])
returns bigint
language plpgsql set search_path = pg_catalog, pg_temp as $$
declare
  v_gone bigint[];
  v_archived bigint[];
  v_count bigint;
begin
  perform nova.expect_equal_lengths(cardinality(p_ids), cardinality(p_status), cardinality(p_error),
                                    cardinality(p_duration_ms), cardinality(p_msg_ids), cardinality(p_read_cts),
                                    cardinality(p_keep));
  select array_agg(d.msg_id) filter (where d.accepted) into v_gone
    from nova_queue.delete_leased('nylas_webhook_notifications',
      array(select g.msg_id from unnest(p_msg_ids, p_status, p_keep) with ordinality g (msg_id, status, keep, ord)
             where g.msg_id > 0 and not g.keep and g.status <> 'error' order by g.ord),
      array(select g.read_ct from unnest(p_read_cts, p_msg_ids, p_status, p_keep)
                     with ordinality g (read_ct, msg_id, status, keep, ord)
             where g.msg_id > 0 and not g.keep and g.status <> 'error' order by g.ord)) d;
  select array_agg(d.msg_id) filter (where d.accepted) into v_archived
    from nova_queue.archive_leased('nylas_webhook_notifications',
      array(select g.msg_id from unnest(p_msg_ids, p_status, p_keep) with ordinality g (msg_id, status, keep, ord)
             where g.msg_id > 0 and not g.keep and g.status = 'error' order by g.ord),
      array(select g.read_ct from unnest(p_read_cts, p_msg_ids, p_status, p_keep)
                     with ordinality g (read_ct, msg_id, status, keep, ord)
             where g.msg_id > 0 and not g.keep and g.status = 'error' order by g.ord)) d;
  insert into nova.parked_notifications as p (notification_id, grant_id)
  select n.notification_id, n.grant_id
    from unnest(p_ids, p_status, p_msg_ids, p_keep) g (id, status, msg_id, keep)
    join public.flux_webhook_notifications n on n.notification_id = g.id and n.status = 'pending'
   where g.status = 'parked' and (g.keep or g.msg_id = any (v_gone))
      on conflict do nothing;
  delete from nova.parked_notifications p
   using unnest(p_ids, p_status) g (id, status)
   where p.notification_id = g.id and g.status <> 'parked';
  update public.flux_webhook_notifications n
     set status = g.status, error_message = nullif(g.error, ''), processing_duration_ms = g.duration_ms,
         processed_at = now(), handled_attempt = nullif(g.read_ct, 0),
         -- What a node's sessions are called.
         handled_by = substring(current_setting('application_name') from '^nova/([0-9]{1,18})$')::bigint
    from unnest(p_ids, p_status, p_error, p_duration_ms, p_msg_ids, p_read_cts, p_keep)
           g (id, status, error, duration_ms, msg_id, read_ct, keep)
   where n.notification_id = g.id and g.status <> 'parked'
     and (g.keep or g.msg_id = 0 or g.msg_id = any (v_gone) or g.msg_id = any (v_archived));
  get diagnostics v_count = row_count;
  return v_count;
end
$$;
comment on function nova.finish_notifications is
  'Audit rows and queue messages in one: an error is archived, the rest deleted; "parked" leaves the row '
  'pending and parks it (nova.parked_notifications). Whoever lost the lease of a message (read_ct) changes '
  'nothing. Returns how many it settled.';

create or replace function nova.retry_notifications(p_ids text[]) returns setof text
language plpgsql set search_path = pg_catalog, pg_temp as $$
declare
  v_ids text[];
begin
  with again as (
    update public.flux_webhook_notifications n
       set status = 'pending', retries = n.retries + 1, error_message = null, processed_at = null,
           processing_duration_ms = null, handled_by = null, handled_attempt = null
     where n.notification_id = any (p_ids) and n.status <> 'pending'
    returning n.notification_id)
  select coalesce(array_agg(a.notification_id), '{}') into v_ids from again a;
  perform pgmq.send_batch('nylas_webhook_notifications', array(
    select jsonb_build_object('notification_id', n.notification_id, 'type', n.notification_type, 'grant_id', n.grant_id)
      from public.flux_webhook_notifications n where n.notification_id = any (v_ids) order by n.received_at))
    where cardinality(v_ids) > 0;
  return query select unnest(v_ids);
end
$$;
comment on function nova.retry_notifications is
  'Sends notifications to their queue again; those that are still pending are left alone. Returns which it did.';

do $$
declare
  v_function regprocedure;
begin
  foreach v_function in array array[
      'public.queue_inbox_backfill(uuid, timestamptz, timestamptz)',
      'public.queue_nylas_webhook_notification(text, text, jsonb, text)',
      'public.acknowledge_webhook_notification(text, text, text, bigint, bigint)']::regprocedure[] loop
    execute format('revoke all on function %s from public', v_function);
    if to_regrole('anon') is not null then
      execute format('revoke all on function %s from anon, authenticated', v_function);
    end if;
    if to_regrole('service_role') is not null then
      execute format('grant execute on function %s to service_role', v_function);
    end if;
  end loop;
end
$$;
revoke all on all functions in schema nova from public;
select nova.mark_names();
