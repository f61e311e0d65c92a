do $$
declare
  missing text;
begin
  select string_agg(name, ', ') into missing
    from unnest(array['pgmq.meta', 'pgmq.message_record', 'pgmq.metrics_result', 'pgmq.queue_record']) as name
   where to_regclass(name) is null;
  if missing is not null then
    raise exception 'missing: %', missing;
  end if;
  select string_agg(name, ', ') into missing
    from unnest(array['pgmq.create(text)', 'pgmq.create_unlogged(text)', 'pgmq.drop_queue(text)', 'pgmq.list_queues()',
                      'nova_queue.tune(text)', 'nova_queue.wake()']) as name
   where to_regprocedure(name) is null;
  if missing is not null then
    raise exception 'missing: %', missing;
  end if;
end
$$;
