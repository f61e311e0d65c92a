do $$
declare
  missing text;
begin
  select string_agg(name, ', ') into missing
    from unnest(array['nova.handler_workers()', 'nova.find_handler_function(text)',
                      'nova.expect_handler_role(text,regprocedure)', 'nova.find_handler_queue(text)',
                      'nova.watch_queue(text)', 'nova.unwatch_queue(text)',
                      'nova.set_handler(text,text,text,text,jsonb,interval)',
                      'nova.remove_handler(text,text,text)']) as name
   where to_regprocedure(name) is null;
  if missing is not null then
    raise exception 'missing: %', missing;
  end if;
end
$$;
