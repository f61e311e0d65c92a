-- Takes the queues and their messages with it, unless the extension pgmq was there before Nova.
do $$
declare
  queue text;
begin
  if to_regnamespace('nova_queue') is null then
    return;
  end if;
  if nova_queue.pgmq_origin() = 'nova' then
    drop schema if exists pgmq cascade;
  elsif obj_description('nova_queue'::regnamespace, 'pg_namespace') ~ 'created the extension' then
    drop extension if exists pgmq cascade;
    drop schema if exists pgmq;
  end if;
end
$$;
-- Of queues that stay: the triggers go with their function.
drop schema if exists nova_queue cascade;
