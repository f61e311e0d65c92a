do $$
begin
  if to_regnamespace('nova_queue') is not null then
    drop function if exists nova_queue.given_up(text, integer);
    drop function if exists nova_queue.dismiss(text, bigint[]);
    drop function if exists nova_queue.send_again(text, bigint[]);
  end if;
end
$$;
