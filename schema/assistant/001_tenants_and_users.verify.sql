do $$
declare
  missing text;
begin
  select string_agg(name, ', ')
    into missing
    from unnest(array['public.tenants', 'public.users', 'nova.caller']) as name
   where to_regclass(name) is null;
  if missing is not null then
    raise exception 'missing: %', missing;
  end if;
end
$$;
