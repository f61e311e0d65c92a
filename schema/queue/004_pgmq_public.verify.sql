do $$
declare
  missing text;
begin
  select string_agg(name, ', ') into missing
    from unnest(array['pgmq_public.send(text,jsonb,integer)', 'pgmq_public.send_batch(text,jsonb[],integer)',
                      'pgmq_public.read(text,integer,integer)', 'pgmq_public.pop(text)',
                      'pgmq_public.archive(text,bigint)', 'pgmq_public.delete(text,bigint)',
                      'nova_queue.expose_queue(text,name)']) as name
   where to_regprocedure(name) is null;
  if missing is not null then
    raise exception 'missing: %', missing;
  end if;
end
$$;
