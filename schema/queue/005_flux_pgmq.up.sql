-- The queues of the email service and the functions under which its users know them.
select nova.expect_names('flux_pgmq_delete()', 'flux_pgmq_list_queues()', 'flux_pgmq_metrics()', 'flux_pgmq_read()',
                         'flux_pgmq_send()');

do $$
declare
  queue text;
begin
  foreach queue in array array['nylas_webhook_notifications', 'inbox_backfill_jobs', 'thread_sync_jobs'] loop
    perform pgmq.create(queue);
    perform nova_queue.tune(queue);
  end loop;
end
$$;

create or replace function public.flux_pgmq_send(queue_name text, message jsonb, delay_seconds integer default 0)
returns bigint
language sql security definer set search_path = pg_catalog, pg_temp as $$
  select pgmq.send(queue_name, message, delay_seconds)
$$;
comment on function public.flux_pgmq_send(text, jsonb, integer) is
  'Sends a message to a queue; it is visible after delay_seconds. Returns its id.';

create or replace function public.flux_pgmq_read(queue_name text, visibility_timeout integer default 300,
                                                 qty integer default 10)
returns table (msg_id bigint, read_ct integer, enqueued_at timestamptz, vt timestamptz, message jsonb)
language sql security definer set search_path = pg_catalog, pg_temp as $$
  select r.msg_id, r.read_ct, r.enqueued_at, r.vt, r.message from pgmq.read(queue_name, visibility_timeout, qty) r
$$;
comment on function public.flux_pgmq_read(text, integer, integer) is
  'Leases up to qty messages of a queue for visibility_timeout seconds.';

create or replace function public.flux_pgmq_delete(queue_name text, message_id bigint) returns boolean
language sql security definer set search_path = pg_catalog, pg_temp as $$
  select pgmq.delete(queue_name, message_id)
$$;
comment on function public.flux_pgmq_delete(text, bigint) is 'Deletes a message; whether it was there.';

create or replace function public.flux_pgmq_metrics(queue_name text)
returns table (queue_name text, queue_length bigint, newest_msg_age_sec integer, oldest_msg_age_sec integer,
               total_messages bigint, scrape_time timestamptz, queue_visible_length bigint)
language sql security definer set search_path = pg_catalog, pg_temp as $$
  select m.queue_name, m.queue_length, m.newest_msg_age_sec, m.oldest_msg_age_sec, m.total_messages, m.scrape_time,
         m.queue_visible_length
    from pgmq.metrics($1) m
$$;
comment on function public.flux_pgmq_metrics(text) is 'Length, ages and totals of a queue.';

create or replace function public.flux_pgmq_list_queues()
returns table (queue_name text, is_partitioned boolean, is_unlogged boolean, created_at timestamptz)
language sql security definer set search_path = pg_catalog, pg_temp as $$
  select q.queue_name::text, q.is_partitioned, q.is_unlogged, q.created_at from pgmq.list_queues() q
$$;
comment on function public.flux_pgmq_list_queues() is 'Every queue.';

-- They run with their owner's rights, because on Supabase the service role has none in schema pgmq.
do $$
begin
  if to_regrole('service_role') is not null then
    grant execute on function public.flux_pgmq_send(text, jsonb, integer),
      public.flux_pgmq_read(text, integer, integer), public.flux_pgmq_delete(text, bigint),
      public.flux_pgmq_metrics(text), public.flux_pgmq_list_queues() to service_role;
  end if;
end
$$;
select nova.mark_names();
