do $$
declare
  missing text;
begin
  select string_agg(name, ', ') into missing
    from unnest(array['pgmq.send(text,jsonb)', 'pgmq.send(text,jsonb,integer)', 'pgmq.send_batch(text,jsonb[])',
                      'pgmq.read(text,integer,integer,jsonb)', 'pgmq.pop(text)', 'pgmq.set_vt(text,bigint,integer)',
                      'pgmq.delete(text,bigint)', 'pgmq.archive(text,bigint)', 'pgmq.metrics(text)',
                      'nova_queue.claim(text,interval,integer,jsonb,bigint,bigint)',
                      'nova_queue.archive_statement(text,text,text)']) as name
   where to_regprocedure(name) is null
     -- Newer versions of the extension have some of these with one more defaulted argument.
     and not (nova_queue.pgmq_origin() = 'extension' and name like 'pgmq.%');
  if missing is not null then
    raise exception 'missing: %', missing;
  end if;
end
$$;
