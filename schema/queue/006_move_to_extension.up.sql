-- The way from the schema that Nova made to the extension pgmq itself, taking the queues and their messages along.
-- CREATE EXTENSION alone would stop at the first object that is there already.
create or replace function nova_queue.move_to_extension() returns integer
language plpgsql set search_path = pg_catalog, pg_temp as $$
declare
  queues jsonb;
  queue record;
  dependent record;
  dependents jsonb;
  grantee text;
  relation text;
begin
  if nova_queue.pgmq_origin() <> 'nova' then
    raise notice 'schema pgmq is not one that Nova made: there is nothing to move';
    return 0;
  elsif not exists (select from pg_catalog.pg_available_extensions e where e.name = 'pgmq') then
    raise exception 'the extension pgmq is not available on this server' using errcode = '0A000',
      hint = 'Install its files on the server first; the queues work as they are until then.';
  end if;
  lock table pgmq.meta in access exclusive mode;
  select coalesce(jsonb_agg(m), '[]') into queues from pgmq.meta m;

  -- What returns a type of the schema goes with the type, and is made again on top of the extension's.
  select coalesce(jsonb_agg(jsonb_build_object('name', p.oid::regprocedure, 'text', pg_get_functiondef(p.oid),
                                               'comment', obj_description(p.oid, 'pg_proc'),
                                               'grantees', (select jsonb_agg(a.grantee::regrole)
                                                              from aclexplode(p.proacl) a
                                                             where a.grantee <> 0))), '[]')
    into dependents from pg_catalog.pg_proc p
   where p.prorettype = 'pgmq.message_record'::regtype and p.pronamespace <> 'pgmq'::regnamespace;
  for dependent in select d ->> 'name' as name from jsonb_array_elements(dependents) d
                   union all select p.oid::regprocedure::text from pg_catalog.pg_proc p
                              where p.pronamespace = 'pgmq'::regnamespace loop
    execute format('drop function %s', dependent.name);
  end loop;
  drop type pgmq.message_record, pgmq.metrics_result, pgmq.queue_record;
  drop table pgmq.meta;
  comment on schema pgmq is null;
  create extension pgmq;

  for queue in
      select * from jsonb_to_recordset(queues) as q(queue_name text, is_unlogged boolean, created_at timestamptz) loop
    -- Its create finds the tables and makes them members of the extension.
    execute format('select pgmq.create(%L)', queue.queue_name);
    execute format('update pgmq.meta set is_unlogged = %L, created_at = %L where queue_name = %L', queue.is_unlogged,
                   queue.created_at, queue.queue_name);
    if exists (select from pg_catalog.pg_attribute
                where attrelid = 'pgmq.message_record'::regclass and attname = 'last_read_at') then
      foreach relation in array array['q', 'a'] loop
        execute format('alter table pgmq.%I add column if not exists last_read_at timestamptz',
                       pgmq.format_table_name(queue.queue_name, relation));
      end loop;
    end if;
  end loop;

  for dependent in
      select * from jsonb_to_recordset(dependents) as d(name text, text text, comment text, grantees jsonb) loop
    execute dependent.text;
    execute format('comment on function %s is %L', dependent.name, dependent.comment);
    execute format('revoke all on function %s from public', dependent.name);
    for grantee in select jsonb_array_elements_text(dependent.grantees) loop
      execute format('grant execute on function %s to %s', dependent.name, grantee);
    end loop;
  end loop;
  perform nova_queue.set_rights();
  return jsonb_array_length(queues);
end
$$;
comment on function nova_queue.move_to_extension() is
  'Replaces the schema pgmq that Nova made by the extension, with its queues and messages, in one '
  'transaction. Returns how many queues. Refused where the extension is not available.';
revoke all on function nova_queue.move_to_extension() from public;
