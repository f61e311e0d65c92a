-- The role of nodes: what they need and no more. They own nothing, so they drop nothing; what
-- operators did they only add to.

create or replace function nova.make_worker(p_role name) returns void
language plpgsql set search_path = pg_catalog, pg_temp as $$
begin
  if to_regrole(quote_ident(p_role)) is null then
    execute format('create role %I login', p_role);
  elsif (select r.rolsuper
                or r.oid = (select c.relowner from pg_class c where c.oid = to_regclass('nova.schema_migrations'))
           from pg_roles r where r.rolname = p_role) then
    raise exception 'role "%" owns the tables or is a superuser; a worker role is neither', p_role
      using errcode = '42501', hint = 'Name another role; it is made when there is none.';
  end if;
  insert into nova.worker_roles (name) values (p_role) on conflict do nothing;
  perform nova.grant_workers();
end
$$;
comment on function nova.make_worker(name) is
  'Makes a role for nodes, unless it is there (give it a password), and grants it what they need; nova '
  'migrate up --worker-role.';

create or replace function nova.grant_workers() returns void
language plpgsql set search_path = pg_catalog, pg_temp as $$
declare
  v_role name;
  v_what record;
begin
  for v_role in select w.name from nova.worker_roles w where to_regrole(quote_ident(w.name)) is not null loop
    for v_what in
        select n.oid, n.nspname from pg_namespace n
         where n.nspname in ('public', 'nova', 'nova_queue', 'pgmq', 'pgmq_public') loop
      execute format('grant usage on schema %I to %I', v_what.nspname, v_role);
    end loop;
    for v_what in
      select c.oid::regclass as what, c.relkind, c.relname, c.relrowsecurity, n.nspname
        from pg_class c
        join pg_namespace n on n.oid = c.relnamespace
       where c.relkind in ('r', 'p', 'v', 'S')
         and (n.nspname = 'pgmq' or n.nspname = 'nova' and c.relname not in ('worker_roles', 'rights', 'caller')
              or n.nspname = 'public'
                 and c.relname ~ '^(flux_|backfill_windows|backfill_estimates|mail_completeness|queued_threads'
                                 '|inbox_sync_stats|sync_transitions|sync_progress|support_inbox|integration_'
                                 '|pending_sync_retries)'
                 and (nova.is_marked(c.oid) or c.relname ~ '^integration_'))
    loop
      if v_what.relkind = 'S' then
        execute format('grant usage, select, update on sequence %s to %I', v_what.what, v_role);
      else
        execute format('grant %s on %s to %I',
          case when v_what.relkind = 'v' or v_what.relname in ('schema_migrations', 'cluster_secret') then 'select'
               when v_what.relname = 'operator_actions' then 'select, insert'
               else 'select, insert, update, delete' end, v_what.what, v_role);
      end if;
      -- Row-level security keeps browsers out; a role without BYPASSRLS needs a policy to see anything.
      if v_what.relrowsecurity and not exists (select from pg_policy p
                                                where p.polrelid = v_what.what
                                                  and p.polname = 'nova_worker_' || v_role) then
        execute format('create policy %I on %s to %I using (true) with check (true)', 'nova_worker_' || v_role,
                       v_what.what, v_role);
      end if;
    end loop;
    for v_what in
      select p.oid::regprocedure as what from pg_proc p join pg_namespace n on n.oid = p.pronamespace
       where n.nspname in ('nova_queue', 'pgmq', 'pgmq_public')
          or n.nspname = 'nova' and p.proname not in (
               'make_worker', 'grant_workers', 'let', 'grant_rights', 'grant_calls',
               'grant_api_roles', 'close_functions', 'close_to_browsers', 'set_rights', 'mark_names', 'make_api_roles',
               'make_auth', 'drop_api_roles')
          or n.nspname = 'public' and p.prorettype <> 'trigger'::regtype
             and (obj_description(p.oid, 'pg_proc') like '%(Nova)'
                  or p.proname ~ '^messenger_' and p.prosecdef
                     and p.proowner = (select c.relowner from pg_class c where c.oid = 'nova.worker_roles'::regclass))
    loop
      execute format('grant execute on function %s to %I', v_what.what, v_role);
    end loop;
  end loop;
end
$$;
comment on function nova.grant_workers() is
  'Grants the roles of nodes what they need of all that is there.';

create table if not exists nova.worker_roles (name name primary key);
comment on table nova.worker_roles is 'Roles that nodes run as.';
revoke all on nova.worker_roles from public;
revoke all on function nova.make_worker(name), nova.grant_workers() from public;
