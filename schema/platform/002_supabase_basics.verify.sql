do $$
declare
  missing text;
begin
  select string_agg(name, ', ')
    into missing
    from unnest(array['anon', 'authenticated', 'service_role']) as name
   where to_regrole(name) is null;
  if missing is not null then
    raise exception 'roles are missing: %', missing;
  end if;
  select string_agg(name, ', ')
    into missing
    from unnest(array['auth.uid()', 'auth.jwt()', 'auth.role()']) as name
   where to_regprocedure(name) is null;
  if missing is not null then
    raise exception 'missing: %', missing;
  end if;
end
$$;
