do $$
begin
  if obj_description(to_regnamespace('pgmq_public')::oid, 'pg_namespace') like '%(Nova)' then
    drop schema pgmq_public cascade;
  end if;
end
$$;
drop function if exists nova_queue.set_rights();
drop function if exists nova_queue.expose_queue(text, name);
do $$
begin
  if to_regnamespace('nova_queue') is null or to_regrole('service_role') is null then
    return;
  end if;
  revoke all on schema nova_queue from service_role;
  revoke all on all functions in schema nova_queue from service_role;
  begin
    revoke usage on schema pgmq from service_role;
    revoke execute on all functions in schema pgmq from service_role;
    revoke all on all tables in schema pgmq from service_role;
    revoke all on all sequences in schema pgmq from service_role;
    alter default privileges in schema pgmq revoke all on tables from service_role;
    alter default privileges in schema pgmq revoke all on sequences from service_role;
  exception when insufficient_privilege then
    raise notice 'schema pgmq belongs to another role: its grants to service_role stay';
  end;
end
$$;
