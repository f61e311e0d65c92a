do $$
declare
  missing text;
begin
  select string_agg(name, ', ') into missing from unnest(array['public.tenants', 'public.users']) as name where to_regclass(name) is null;
  if missing is not null then
    raise exception 'missing: %', missing;
  end if;
  select string_agg(name, ', ') into missing
    from unnest(array['nova.current_user_id()', 'nova.current_tenant_id()']) as name where to_regprocedure(name) is null;
  if missing is not null then
    raise exception 'missing: %', missing;
  end if;
end
$$;
