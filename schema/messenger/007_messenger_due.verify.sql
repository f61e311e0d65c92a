do $$
begin
  if to_regprocedure('nova.messenger_due()') is null then
    raise exception 'missing: nova.messenger_due()';
  end if;
end
$$;
