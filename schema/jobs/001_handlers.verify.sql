do $$
begin
  if to_regclass('nova.messenger_handlers') is null then
    raise exception 'missing: nova.messenger_handlers';
  end if;
end
$$;
