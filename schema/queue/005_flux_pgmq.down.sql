-- Takes the three queues and their messages with it.
drop function if exists public.flux_pgmq_send(text, jsonb, integer);
drop function if exists public.flux_pgmq_read(text, integer, integer);
drop function if exists public.flux_pgmq_delete(text, bigint);
drop function if exists public.flux_pgmq_metrics(text);
drop function if exists public.flux_pgmq_list_queues();
do $$
begin
  if to_regprocedure('pgmq.drop_queue(text)') is not null then
    perform pgmq.drop_queue(q.queue_name) from pgmq.list_queues() q
      where q.queue_name in ('nylas_webhook_notifications', 'inbox_backfill_jobs', 'thread_sync_jobs');
  end if;
end
$$;
