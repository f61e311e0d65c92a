do $$
declare
  v_role name;
begin
  if to_regclass('nova.worker_roles') is null then
    return;
  end if;
  for v_role in execute 'select w.name from nova.worker_roles w where to_regrole(quote_ident(w.name)) is not null' loop
    execute format('revoke usage on schema public, nova from %I', v_role);
    execute format('revoke all on all tables in schema nova from %I', v_role);
    execute format('revoke all on all functions in schema nova from %I', v_role);
    raise notice 'role % stays, without its rights: drop role %', v_role, v_role;
  end loop;
end
$$;
drop function if exists nova.grant_workers();
drop function if exists nova.make_worker(name);
drop table if exists nova.worker_roles;
