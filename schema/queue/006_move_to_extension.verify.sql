do $$
begin
  if to_regprocedure('nova_queue.move_to_extension()') is null then
    raise exception 'missing: nova_queue.move_to_extension()';
  end if;
end
$$;
