do $$
begin
  if to_regprocedure('nova.messenger_after_restore()') is null then
    raise exception 'function nova.messenger_after_restore() is missing';
  end if;
end
$$;
