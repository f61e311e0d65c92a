do $$
begin
  if to_regnamespace('nova') is not null then
    drop function if exists nova.messenger_due();
  end if;
end
$$;
