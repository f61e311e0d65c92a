do $$
declare
  missing text;
begin
  select string_agg(name, ', ') into missing
    from unnest(array['public.flux_pgmq_send(text,jsonb,integer)', 'public.flux_pgmq_read(text,integer,integer)',
                      'public.flux_pgmq_delete(text,bigint)', 'public.flux_pgmq_metrics(text)',
                      'public.flux_pgmq_list_queues()']) as name
   where to_regprocedure(name) is null;
  if missing is not null then
    raise exception 'missing: %', missing;
  end if;
  select string_agg(name, ', ') into missing
    from unnest(array['pgmq.q_nylas_webhook_notifications', 'pgmq.q_inbox_backfill_jobs',
                      'pgmq.q_thread_sync_jobs']) as name
   where to_regclass(name) is null;
  if missing is not null then
    raise exception 'queues are missing: %', missing;
  end if;
end
$$;
