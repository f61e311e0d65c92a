do $$
declare
  made text;
begin
  if obj_description(to_regnamespace('auth')::oid, 'pg_namespace') ~ '^Made by Nova' then
    drop schema auth cascade;
  end if;
  for made in
      select extname from pg_catalog.pg_extension e where obj_description(e.oid, 'pg_extension') ~ '^Made by Nova' loop
    execute format('drop extension %I', made);
  end loop;
  for made in
    select rolname from pg_catalog.pg_roles r
     where rolname in ('anon', 'authenticated', 'service_role')
       and shobj_description(r.oid, 'pg_authid') ~ '^Made by Nova'
  loop
    begin
      execute format('drop role %I', made);
    exception when dependent_objects_still_exist then
      raise notice 'role % stays: another database of this server uses it', made;
    end;
  end loop;
end
$$;
