-- Supabase's wrappers, for callers that come through its API, and the queues and functions that the
-- email service's users call. Of the API roles only service_role may use them;
-- nova_queue.expose_queue() lets another role use one queue.
do $do$
begin
  if to_regnamespace('pgmq_public') is not null
     and coalesce(obj_description(to_regnamespace('pgmq_public')::oid, 'pg_namespace'), '') not like '%(Nova)' then
    return; -- Supabase has made it: it is used as it is
  end if;
  create schema if not exists pgmq_public;
  comment on schema pgmq_public is 'The queue functions that Supabase offers through its API. (Nova)';

  create or replace function pgmq_public.send(queue_name text, message jsonb, sleep_seconds integer default 0)
  returns setof bigint
  language sql set search_path = pg_catalog, pg_temp as $$
    select * from pgmq.send(queue_name := queue_name, msg := message, delay := sleep_seconds)
  $$;
  comment on function pgmq_public.send(text, jsonb, integer) is
    'Sends a message that is visible after sleep_seconds; returns its id.';

  create or replace function pgmq_public.send_batch(queue_name text, messages jsonb[], sleep_seconds integer default 0)
  returns setof bigint
  language sql set search_path = pg_catalog, pg_temp as $$
    select * from pgmq.send_batch(queue_name := queue_name, msgs := messages, delay := sleep_seconds)
  $$;
  comment on function pgmq_public.send_batch(text, jsonb[], integer) is
    'Sends messages that are visible after sleep_seconds; returns their ids in order.';

  create or replace function pgmq_public.read(queue_name text, sleep_seconds integer, n integer)
  returns setof pgmq.message_record
  language sql set search_path = pg_catalog, pg_temp as $$
    select * from pgmq.read(queue_name := queue_name, vt := sleep_seconds, qty := n)
  $$;
  comment on function pgmq_public.read(text, integer, integer) is 'Leases up to n messages for sleep_seconds.';

  create or replace function pgmq_public.pop(queue_name text) returns setof pgmq.message_record
  language sql set search_path = pg_catalog, pg_temp as $$
    select * from pgmq.pop(queue_name := queue_name)
  $$;
  comment on function pgmq_public.pop(text) is 'Reads one message and deletes it.';

  create or replace function pgmq_public.archive(queue_name text, message_id bigint) returns boolean
  language sql set search_path = pg_catalog, pg_temp as $$
    select pgmq.archive(queue_name := queue_name, msg_id := message_id)
  $$;
  comment on function pgmq_public.archive(text, bigint) is 'Moves a message to the archive; whether it was there.';

  create or replace function pgmq_public.delete(queue_name text, message_id bigint) returns boolean
  language sql set search_path = pg_catalog, pg_temp as $$
    select pgmq.delete(queue_name := queue_name, msg_id := message_id)
  $$;
  comment on function pgmq_public.delete(text, bigint) is 'Deletes a message; whether it was there.';
  revoke all on all functions in schema pgmq_public from public;
end
$do$;

create or replace function nova_queue.expose_queue(queue_name text, role name) returns void
language plpgsql set search_path = pg_catalog, pg_temp as $$
declare
  qtable text := pgmq.format_table_name(queue_name, 'q');
begin
  execute format('grant usage on schema pgmq, pgmq_public, nova_queue to %I', role);
  execute format('grant execute on all functions in schema pgmq_public to %I', role);
  execute format('grant execute on function nova_queue.lock_ready(text, integer, jsonb, bigint),
                  nova_queue.has_last_read(text), nova_queue.claim(text, interval, integer, jsonb, bigint, bigint),
                  nova_queue.archive_statement(text, text, text), nova_queue.sequence_of(text),
                  nova_queue.insert_messages(text, jsonb[], jsonb[], timestamptz) to %I', role);
  execute format('grant select, insert, update, delete on pgmq.%I to %I', qtable, role);
  execute format('grant select, insert on pgmq.%I to %I', pgmq.format_table_name(queue_name, 'a'), role);
  execute format('grant usage, select on sequence %s to %I', nova_queue.sequence_of(qtable), role);
end
$$;
comment on function nova_queue.expose_queue(text, name) is
  'Lets a role use one queue through pgmq_public and pgmq. Anybody who has the role can then read and remove '
  'every message of it.';
revoke all on function nova_queue.expose_queue(text, name) from public;

create or replace function nova_queue.set_rights() returns void
language plpgsql set search_path = pg_catalog, pg_temp as $$
declare
  v_function regprocedure;
begin
  if nova_queue.pgmq_origin() = 'nova' then
    -- Again: a dump that is restored where service_role is missing loses these with its own.
    grant usage on schema pgmq to pg_monitor;
    grant select on all tables in schema pgmq to pg_monitor;
    grant select on all sequences in schema pgmq to pg_monitor;
    alter default privileges in schema pgmq grant select on tables to pg_monitor;
    alter default privileges in schema pgmq grant select on sequences to pg_monitor;
  end if;
  if to_regrole('service_role') is null then
    return;
  end if;
  grant usage on schema pgmq_public to service_role;
  grant execute on all functions in schema pgmq_public to service_role;
  grant usage on schema nova_queue to service_role;
  for v_function in
    select p.oid from pg_proc p
     where p.pronamespace = 'nova_queue'::regnamespace
       and p.proname not in ('set_rights', 'move_to_extension', 'given_up', 'dismiss', 'send_again')
  loop
    execute format('grant execute on function %s to service_role', v_function);
  end loop;
  begin
    grant usage on schema pgmq to service_role;
    grant execute on all functions in schema pgmq to service_role;
    grant all on all tables in schema pgmq to service_role;
    grant all on all sequences in schema pgmq to service_role;
    alter default privileges in schema pgmq grant all on tables to service_role;
    alter default privileges in schema pgmq grant all on sequences to service_role;
  exception when insufficient_privilege then
    raise notice 'schema pgmq belongs to another role, which has to grant its use to service_role';
  end;
end
$$;
comment on function nova_queue.set_rights() is
  'Grants service_role, where it is, the use of every queue, and monitors a look at them.';
revoke all on function nova_queue.set_rights() from public;
select nova_queue.set_rights();
