-- Queues that were moved stay with the extension.
do $$
begin
  if to_regnamespace('nova_queue') is not null then
    drop function if exists nova_queue.move_to_extension();
  end if;
end
$$;
