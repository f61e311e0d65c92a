-- What sends into the queues nylas_webhook_notifications, inbox_backfill_jobs and thread_sync_jobs, always in the transaction of the
-- row that it is about.
--
-- Errors of this system's own, all of class NV:
--   NV001 unknown inbox                NV002 the end is not after the start       NV003 the start is more than a year back
--   NV004 a backfill runs already      NV005 unknown backfill                     NV006 the inbox is disabled or removed
--   NV007 a move that is not allowed   NV008 the backfill does not run            NV009 the page was recorded already
select nova.expect_names('acknowledge_webhook_notification()', 'queue_inbox_backfill()', 'queue_nylas_webhook_notification()');

create or replace function public.queue_inbox_backfill(
  p_inbox_id uuid, p_start_date timestamptz default now() - interval '1 year', p_end_date timestamptz default now()) returns uuid
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
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
    raise exception 'inbox % is %', p_inbox_id, v_status using errcode = 'NV006', hint = 'Add the inbox again, then start the backfill.';
  elsif p_start_date is null or p_end_date is null or p_end_date <= p_start_date then
    raise exception 'the backfill would end (%) before it starts (%)', coalesce(p_end_date::text, 'null'), coalesce(p_start_date::text, 'null')
      using errcode = 'NV002', hint = 'Give a start date that is before the end date.';
  elsif p_start_date < date_trunc('day', now() - interval '1 year') then
    raise exception 'the start % is more than one year back', p_start_date using errcode = 'NV003',
      hint = format('Start at %s or later.', date_trunc('day', now() - interval '1 year')::date);
  end if;
  select c.id, c.backfill_status into v_running
    from public.flux_inbox_configurations c
   where c.inbox_id = p_inbox_id and c.backfill_status in ('pending', 'discovering', 'thread_sync', 'paused') limit 1;
  if found then
    raise exception 'backfill % of inbox % is %', v_running.id, p_inbox_id, v_running.backfill_status using errcode = 'NV004',
      hint = 'Wait until it is completed, or cancel it first.';
  end if;
  insert into public.flux_inbox_configurations (inbox_id, backfill_start, backfill_end)
  values (p_inbox_id, p_start_date, p_end_date) returning id into v_config_id;
  perform nova.move_backfill(v_config_id, 'pending', session_user, 'queue_inbox_backfill');
  perform pgmq.send('inbox_backfill_jobs', jsonb_build_object('config_id', v_config_id, 'inbox_id', p_inbox_id,
    'start_date', p_start_date, 'end_date', p_end_date));
  return v_config_id;
end
$$;
comment on function public.queue_inbox_backfill is
  'Starts a backfill of p_inbox_id from p_start_date to p_end_date, at most a year back: creates its configuration, sends its job. Returns the configuration''s id. Refuses with NV001 to NV004 or NV006.';

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
  'Audit rows and queue messages of many notifications. Answers in order which were new; a repeated id only counts its deliveries.';

create or replace function public.queue_nylas_webhook_notification(
  p_notification_id text, p_notification_type text, p_payload jsonb, p_grant_id text default null) returns boolean
language sql security definer set search_path = pg_catalog, pg_temp as $$
  select q.is_new from nova.queue_notifications(array[p_notification_id], array[p_notification_type],
    array[coalesce(p_grant_id, p_payload #>> '{data,object,grant_id}', p_payload #>> '{data,grant_id}', '')], array[p_payload::text]) q
$$;
comment on function public.queue_nylas_webhook_notification is
  'Records a notification and queues it, once for each p_notification_id. True when it was new. p_grant_id: null takes the payload''s.';

create or replace function public.acknowledge_webhook_notification(
  p_notification_id text, p_status text default 'processed', p_error_message text default null,
  p_processing_duration_ms bigint default null, p_msg_id bigint default null) returns boolean
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
declare
  v_found boolean;
begin
  update public.flux_webhook_notifications n
     set status = p_status, error_message = p_error_message, processing_duration_ms = p_processing_duration_ms, processed_at = now()
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
  'Says what became of a notification (processed, ignored or error) and takes p_msg_id from its queue; an error is archived. False when there is no such notification.';

create or replace function nova.finish_notifications(
  p_ids text[], p_status text[], p_error text[], p_duration_ms bigint[], p_msg_ids bigint[], p_read_cts integer[], p_keep boolean[])
returns bigint
language plpgsql set search_path = pg_catalog, pg_temp as $$
declare
  v_gone bigint[];
  v_archived bigint[];
  v_count bigint;
begin
  perform nova.expect_equal_lengths(cardinality(p_ids), cardinality(p_status), cardinality(p_error), cardinality(p_duration_ms), cardinality(p_msg_ids),
                                    cardinality(p_read_cts), cardinality(p_keep));
  select array_agg(d.msg_id) filter (where d.accepted) into v_gone
    from nova_queue.delete_leased('nylas_webhook_notifications',
      array(select g.msg_id from unnest(p_msg_ids, p_status, p_keep) with ordinality g (msg_id, status, keep, ord)
             where g.msg_id > 0 and not g.keep and g.status <> 'error' order by g.ord),
      array(select g.read_ct from unnest(p_read_cts, p_msg_ids, p_status, p_keep) with ordinality g (read_ct, msg_id, status, keep, ord)
             where g.msg_id > 0 and not g.keep and g.status <> 'error' order by g.ord)) d;
  select array_agg(d.msg_id) filter (where d.accepted) into v_archived
    from nova_queue.archive_leased('nylas_webhook_notifications',
      array(select g.msg_id from unnest(p_msg_ids, p_status, p_keep) with ordinality g (msg_id, status, keep, ord)
             where g.msg_id > 0 and not g.keep and g.status = 'error' order by g.ord),
      array(select g.read_ct from unnest(p_read_cts, p_msg_ids, p_status, p_keep) with ordinality g (read_ct, msg_id, status, keep, ord)
             where g.msg_id > 0 and not g.keep and g.status = 'error' order by g.ord)) d;
  update public.flux_webhook_notifications n
     set status = g.status, error_message = nullif(g.error, ''), processing_duration_ms = g.duration_ms, processed_at = now()
    from unnest(p_ids, p_status, p_error, p_duration_ms, p_msg_ids, p_keep) g (id, status, error, duration_ms, msg_id, keep)
   where n.notification_id = g.id and (g.keep or g.msg_id = 0 or g.msg_id = any (v_gone) or g.msg_id = any (v_archived));
  get diagnostics v_count = row_count;
  return v_count;
end
$$;
comment on function nova.finish_notifications is
  'Audit rows and queue messages in one: an error is archived, the rest deleted. Whoever lost the lease of a message (read_ct) changes nothing. Returns how many it acknowledged.';

create or replace function nova.retry_notifications(p_ids text[]) returns setof text
language plpgsql set search_path = pg_catalog, pg_temp as $$
declare
  v_ids text[];
begin
  with again as (
    update public.flux_webhook_notifications n
       set status = 'pending', retries = n.retries + 1, error_message = null, processed_at = null, processing_duration_ms = null
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
comment on function nova.retry_notifications is 'Sends notifications to their queue again; those that are still pending are left alone. Returns which it did.';

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
