-- Who may call a function that runs with its owner's rights must not become its owner: the caller puts types with the
-- names that bodies use, and with a check that runs code, into its temporary schema.
set client_min_messages = warning;
select plan(6);
create role app_login in role service_role;
grant usage on schema tap to service_role;
set session authorization app_login;
set role service_role;
create function pg_temp.spy(pg_catalog.anyelement) returns boolean language plpgsql as $$
begin
  if current_user <> 'service_role' then
    raise exception 'the caller''s code runs as %', current_user;
  end if;
  return true;
end $$;
do $$
declare
  each pg_catalog.name;
begin
  foreach each in array array['text', 'jsonb', 'json', 'uuid', 'timestamptz', 'date', 'name', 'oid', 'regclass',
                              'bytea'] loop
    execute pg_catalog.format('create domain pg_temp.%I as pg_catalog.%I check (pg_temp.spy(1))', each, each);
    execute pg_catalog.format('grant usage on type pg_temp.%I to public', each);
  end loop;
end $$;
create function pg_temp.caught(call pg_catalog.text) returns pg_catalog.text language plpgsql as $$
begin
  execute call;
  return 'ran';
exception when others then
  return pg_catalog.format('%s %s', sqlstate, sqlerrm);
end $$;
select is(pg_temp.caught($$select 'x'::pg_temp.text$$), 'ran', 'the spy lets its maker pass');
-- The commonest calls come to their end; all others are called without arguments that make sense, and may refuse them.
select is(pg_temp.caught(call), 'ran', call) from (values
  ($$select from public.messenger_send(array['{"type":"x"}'::pg_catalog.jsonb])$$),
  ($$select from public.messenger_claim('default', null, 'w', 1)$$),
  ($$select public.flux_pgmq_send('thread_sync_jobs', '{"a":1}')$$),
  ($$select public.queue_nylas_webhook_notification('n', 'message.created', '{"data":{}}', 'g')$$)) t (call);
select is_empty($$
  select call, caught
    from (select call, pg_temp.caught(call)
            from (select pg_catalog.format(
                           'select from %s(%s)', p.oid::pg_catalog.regproc,
                           (select pg_catalog.string_agg(
                                     pg_catalog.format('null::%s', pg_catalog.format_type(a, null)), ', ' order by n)
                              from pg_catalog.unnest(p.proargtypes) with ordinality t (a, n))) as call
                    from pg_catalog.pg_proc p
                   where p.prosecdef and p.pronamespace = 'public'::pg_catalog.regnamespace
                     and p.prorettype <> 'trigger'::pg_catalog.regtype
                     and pg_catalog.has_function_privilege(p.oid, 'execute')) s) s
   where caught ~ 'code runs as'$$, 'no function with its owner''s rights runs its caller''s code');
select * from finish();
