do $$
declare
  v_table text;
begin
  for v_table in select t.tgrelid::regclass from pg_trigger t where t.tgname = 'nova_handler_wake' loop
    execute format('drop trigger nova_handler_wake on %s', v_table);
  end loop;
end
$$;
drop function if exists nova.remove_handler(text, text, text);
drop function if exists nova.set_handler(text, text, text, text, jsonb, interval);
drop function if exists nova.unwatch_queue(text);
drop function if exists nova.watch_queue(text);
drop function if exists nova.find_handler_queue(text);
drop function if exists nova.expect_handler_role(text, regprocedure);
drop function if exists nova.find_handler_function(text);
drop function if exists nova.handler_workers();
