do $$
declare
  missing text;
begin
  select string_agg(name, ', ')
    into missing
    from unnest(array['public.tenants', 'public.users', 'nova.caller']) as name
   where to_regclass(name) is null;
  missing := concat_ws(', ', missing, (select string_agg('role ' || name, ', ')
                                         from unnest(array['anon', 'authenticated', 'service_role']) as name
                                        where to_regrole(name) is null));
  if missing <> '' then
    raise exception 'missing: %', missing;
  end if;
end
$$;
