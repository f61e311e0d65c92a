do $$
begin
  if to_regnamespace('nova') is null then
    raise exception 'schema nova is missing';
  end if;
end
$$;
