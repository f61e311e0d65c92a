-- What service_role has, said once more after each `nova migrate up`: the role may have come after the tables, and
-- where its administrator gives nobody BYPASSRLS (RDS, Cloud SQL, Azure) it sees no row without a policy that names it.

create or replace function nova.grant_service_role() returns void
language plpgsql set search_path = pg_catalog, pg_temp as $$
declare
  v_policies boolean := (select not r.rolbypassrls and not r.rolsuper from pg_roles r where r.rolname = 'service_role');
  v_what record;
begin
  if v_policies is null then
    return;
  end if;
  for v_what in
    select c.oid, c.oid::regclass as what, c.relkind, c.relrowsecurity
      from pg_class c
     where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p', 'v', 'm') and nova.is_marked(c.oid)
       and c.relowner = (select o.relowner from pg_class o where o.oid = to_regclass('nova.worker_roles'))
  loop
    execute format('grant %s on %s to service_role',
      case when v_what.relkind in ('r', 'p') then 'select, insert, update, delete' else 'select' end, v_what.what);
    if v_policies and v_what.relrowsecurity
       and not exists (select from pg_policy p where p.polrelid = v_what.oid and p.polname = 'nova_service_role') then
      execute format('create policy nova_service_role on %s to service_role using (true) with check (true)',
                     v_what.what);
    end if;
  end loop;
  for v_what in
    select p.oid::regprocedure as what from pg_proc p
     where p.pronamespace = 'public'::regnamespace and obj_description(p.oid, 'pg_proc') like '%(Nova)'
       and p.prorettype <> 'trigger'::regtype
  loop
    execute format('grant execute on function %s to service_role', v_what.what);
  end loop;
  if to_regprocedure('nova_queue.grant_service_role()') is not null then
    perform nova_queue.grant_service_role();
  end if;
end
$$;
comment on function nova.grant_service_role() is
  'Grants service_role, where it is, what it needs of all that is there; after each nova migrate up.';
revoke all on function nova.grant_service_role() from public;
