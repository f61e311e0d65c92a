-- Who may do what, said once more after each `nova migrate up`: a role may have come after the tables, a dump that was
-- restored without the roles has lost what was granted and taken back, and where the administrator gives nobody
-- BYPASSRLS (RDS, Cloud SQL, Azure) service_role sees no row without a policy that names it.

create table if not exists nova.rights (
  grantee name,
  relation text,
  rights text not null,
  primary key (grantee, relation)
);
comment on table nova.rights is
  'What the roles of Supabase''s API may do with tables, views and functions, for a role that comes later. What is '
  'Nova''s in public is for service_role without being here.';
revoke all on nova.rights from public;

create or replace function nova.let(p_role name, p_rights text, p_relation regclass) returns void
language plpgsql set search_path = pg_catalog, pg_temp as $$
begin
  execute format('grant %s on %s to %I', p_rights, p_relation, p_role);
  if p_role = 'service_role'
     and (select not r.rolbypassrls and not r.rolsuper from pg_roles r where r.rolname = p_role)
     and (select c.relrowsecurity from pg_class c where c.oid = p_relation)
     and not exists (select from pg_policy p where p.polrelid = p_relation and p.polname = 'nova_service_role') then
    execute format('create policy nova_service_role on %s to service_role using (true) with check (true)', p_relation);
  end if;
end
$$;
comment on function nova.let(name, text, regclass) is
  'Grants a role that is there these rights; service_role with a policy, where it would see no row without one.';

create or replace function nova.grant_rights(p_role name, p_rights text, variadic p_relations text[]) returns void
language plpgsql set search_path = pg_catalog, pg_temp as $$
begin
  insert into nova.rights (grantee, relation, rights)
  select p_role, r, p_rights from unnest(p_relations) r
      on conflict (grantee, relation) do update set rights = excluded.rights;
  if to_regrole(quote_ident(p_role)) is not null then
    perform nova.let(p_role, p_rights, r::regclass) from unnest(p_relations) r;
  end if;
end
$$;
comment on function nova.grant_rights(name, text, text[]) is
  'Grants a role of Supabase''s API these rights, now or as soon as it is there.';

create or replace function nova.grant_calls(p_role name, variadic p_functions text[]) returns void
language plpgsql set search_path = pg_catalog, pg_temp as $$
declare
  v_function text;
begin
  insert into nova.rights (grantee, relation, rights)
  select p_role, f, 'execute' from unnest(p_functions) f
      on conflict (grantee, relation) do update set rights = excluded.rights;
  foreach v_function in array p_functions loop
    if to_regrole(quote_ident(p_role)) is not null then
      execute format('grant execute on function %s to %I', v_function::regprocedure, p_role);
    end if;
  end loop;
end
$$;
comment on function nova.grant_calls(name, text[]) is
  'Lets a role of Supabase''s API call these functions, now or as soon as it is there.';

create or replace function nova.grant_api_roles() returns void
language plpgsql set search_path = pg_catalog, pg_temp as $$
declare
  v_what record;
begin
  perform nova.let(g.grantee, g.rights, to_regclass(g.relation))
     from nova.rights g
    where case g.rights when 'execute' then false else to_regclass(g.relation) is not null end
      and to_regrole(quote_ident(g.grantee)) is not null;
  for v_what in
    select c.call, g.grantee from nova.rights g
     cross join lateral (select case g.rights when 'execute' then to_regprocedure(g.relation) end) c (call)
     where c.call is not null and to_regrole(quote_ident(g.grantee)) is not null
  loop
    execute format('grant execute on function %s to %I', v_what.call, v_what.grantee);
  end loop;
  if to_regrole('service_role') is null then
    return;
  end if;
  perform nova.let('service_role',
                   case when c.relkind in ('r', 'p') then 'select, insert, update, delete' else 'select' end, c.oid)
     from pg_class c
    where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p', 'v', 'm') and nova.is_marked(c.oid)
      and c.relowner = (select o.relowner from pg_class o where o.oid = to_regclass('nova.worker_roles'));
  for v_what in
    select p.oid::regprocedure as what from pg_proc p
     where p.pronamespace = 'public'::regnamespace and obj_description(p.oid, 'pg_proc') like '%(Nova)'
       and p.prorettype <> 'trigger'::regtype
  loop
    execute format('grant execute on function %s to service_role', v_what.what);
  end loop;
end
$$;
comment on function nova.grant_api_roles() is
  'Grants the roles of Supabase''s API, where they are, what they need of all that is there.';

create or replace function nova.close_functions() returns bigint
language plpgsql set search_path = pg_catalog, pg_temp as $$
declare
  v_function regprocedure;
  v_count bigint := 0;
begin
  for v_function in
    select p.oid from pg_proc p join pg_namespace n on n.oid = p.pronamespace
     where (n.nspname in ('nova', 'nova_queue')
            or n.nspname = 'pgmq_public' and obj_description(n.oid, 'pg_namespace') like '%(Nova)'
            or n.nspname = 'public' and obj_description(p.oid, 'pg_proc') like '%(Nova)')
       and pg_has_role(p.proowner, 'usage')
       and exists (select from aclexplode(coalesce(p.proacl, acldefault('f', p.proowner))) a where a.grantee = 0)
  loop
    execute format('revoke all on function %s from public', v_function);
    v_count := v_count + 1;
  end loop;
  return v_count;
end
$$;
comment on function nova.close_functions() is
  'Takes back what everybody may do with Nova''s functions: a restored one is for everybody when a role was missing '
  'that its rights name. Returns how many there were.';

create or replace function nova.close_to_browsers() returns bigint
language plpgsql set search_path = pg_catalog, pg_temp as $$
declare
  v_statement text;
  v_count bigint := 0;
begin
  for v_statement in
    select format('revoke all on function %s from %I', p.oid::regprocedure, r.rolname)
      from pg_proc p join pg_roles r on r.rolname in ('anon', 'authenticated')
     where p.pronamespace = 'public'::regnamespace and obj_description(p.oid, 'pg_proc') like '%(Nova)'
       and exists (select from aclexplode(p.proacl) a where a.grantee = r.oid)
       and not exists (select from nova.rights g
                        where g.grantee = r.rolname
                          and case g.rights when 'execute' then to_regprocedure(g.relation) = p.oid end)
    union all
    select format('revoke %s on %s from %I', string_agg(distinct a.privilege_type, ', '), c.oid::regclass, r.rolname)
      from pg_class c
     cross join aclexplode(c.relacl) a
      join pg_roles r on r.oid = a.grantee and r.rolname in ('anon', 'authenticated')
      left join nova.rights g on g.grantee = r.rolname
       and case g.rights when 'execute' then false else to_regclass(g.relation) = c.oid end
     where c.relkind in ('r', 'p', 'v', 'm', 'S')
       and (c.relnamespace = 'nova'::regnamespace or c.relnamespace = 'public'::regnamespace and nova.is_marked(c.oid))
       and case when g.grantee is not null then a.privilege_type <> all (string_to_array(upper(g.rights), ', '))
                else not exists (select from pg_policy p
                                  where p.polrelid = c.oid and p.polroles && array[0::oid, r.oid]
                                    and p.polcmd in ('*', case a.privilege_type
                                          when 'SELECT' then 'r' when 'INSERT' then 'a'
                                          when 'UPDATE' then 'w' when 'DELETE' then 'd' end)) end
     group by c.oid, r.rolname
  loop
    execute v_statement;
    v_count := v_count + 1;
  end loop;
  return v_count;
end
$$;
comment on function nova.close_to_browsers() is
  'After a restore: takes back what the server''s default privileges gave anon and authenticated. Of Nova''s '
  'functions they have what nova.rights says, of its tables that or what a policy of somebody''s own says. Returns of '
  'how many.';

create or replace function nova.set_rights() returns void
language plpgsql set search_path = pg_catalog, pg_temp as $$
begin
  perform nova.close_functions();
  perform nova.grant_workers();
  perform nova.grant_api_roles();
  if to_regprocedure('nova_queue.set_rights()') is not null then
    perform nova_queue.set_rights();
  end if;
end
$$;
comment on function nova.set_rights() is
  'Everybody, the roles of nodes and those of Supabase''s API have what they are to have; after each nova migrate up.';

revoke all on function nova.let(name, text, regclass), nova.grant_rights(name, text, text[]),
  nova.grant_calls(name, text[]), nova.grant_api_roles(),
  nova.close_functions(), nova.close_to_browsers(), nova.set_rights() from public;
