do $$
declare
  missing text;
begin
  select string_agg(name, ', ') into missing
    from unnest(array['nova_queue.given_up(text,integer)', 'nova_queue.dismiss(text,bigint[])',
                      'nova_queue.send_again(text,bigint[])']) as name
   where to_regprocedure(name) is null;
  if missing is not null then
    raise exception 'missing: %', missing;
  end if;
end
$$;
