do $$
declare
  routine regprocedure;
begin
  if to_regnamespace('nova_queue') is null then
    return;
  end if;
  if nova_queue.pgmq_origin() = 'nova' then
    for routine in
      select p.oid from pg_catalog.pg_proc p join pg_catalog.pg_namespace n on n.oid = p.pronamespace
       where n.nspname = 'pgmq'
         and p.proname in ('send', 'send_batch', 'read', 'read_with_poll', 'pop', 'set_vt', 'delete', 'archive',
                           'purge_queue', 'metrics', 'metrics_all')
    loop
      execute format('drop function %s', routine);
    end loop;
  end if;
  drop function if exists nova_queue.claim(text, interval, integer, jsonb, bigint, bigint);
  drop function if exists nova_queue.lock_ready(text, integer, jsonb, bigint);
  drop function if exists nova_queue.insert_messages(text, jsonb[], jsonb[], timestamptz);
  drop function if exists nova_queue.archive_statement(text, text, text);
  drop function if exists nova_queue.has_last_read(text);
end
$$;
