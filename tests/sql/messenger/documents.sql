-- What document 001 prints, word for word. information_schema.tables lists views too, so the four tables of its first
-- list come with the three views of its second.
set client_min_messages = warning;
select plan(38);

prepare tables_there as
SELECT table_name 
FROM information_schema.tables 
WHERE table_schema = 'public' 
  AND table_name LIKE 'messenger_%'
ORDER BY table_name;
prepare views_there as
SELECT table_name 
FROM information_schema.views 
WHERE table_schema = 'public' 
  AND table_name LIKE 'messenger_%'
ORDER BY table_name;
prepare functions_there as
SELECT routine_name 
FROM information_schema.routines 
WHERE routine_schema = 'public' 
  AND routine_name LIKE 'update_messenger_%'
ORDER BY routine_name;
prepare tables_anywhere as
   SELECT table_name 
   FROM information_schema.tables 
   WHERE table_name LIKE 'messenger_%';
select set_eq('tables_there',
              $$values ('messenger_failed_messages'), ('messenger_messages'), ('messenger_schedules'),
                       ('messenger_transports'),
                       ('messenger_failed_summary'), ('messenger_queue_depth'), ('messenger_schedules_summary')$$,
              'check tables');
select set_eq($$select table_name::text from information_schema.tables
                 where table_schema = 'public' and table_name like 'messenger_%' and table_type = 'BASE TABLE'
                 order by 1$$,
              $$values ('messenger_failed_messages'), ('messenger_messages'), ('messenger_schedules'),
                       ('messenger_transports')$$, 'four of them are tables');
select set_eq('views_there',
              $$values ('messenger_failed_summary'), ('messenger_queue_depth'), ('messenger_schedules_summary')$$,
              'check views');
select set_eq('functions_there',
              $$values ('update_messenger_messages_updated_at'), ('update_messenger_schedules_updated_at'),
                       ('update_messenger_transports_updated_at')$$, 'check functions');
select is_empty($$SELECT * FROM messenger_queue_depth;$$, 'test queue depth view');
select is_empty('select * from messenger_failed_summary', 'no failure yet');
select is_empty('select * from messenger_schedules_summary', 'no schedule yet');
select lives_ok('tables_anywhere', 'check if tables exist');
select lives_ok($$CREATE EXTENSION IF NOT EXISTS "uuid-ossp";$$, 'the extension is there or can be had');

-- Every object
select has_table('public', t, 'table ' || t)
  from unnest(array['messenger_messages', 'messenger_failed_messages', 'messenger_transports',
                    'messenger_schedules']) t;
select has_view('public', v, 'view ' || v)
  from unnest(array['messenger_queue_depth', 'messenger_failed_summary', 'messenger_schedules_summary']) v;
select has_trigger('public', 'messenger_' || t, format('update_messenger_%s_updated_at', t), 'trigger of ' || t)
  from unnest(array['messages', 'transports', 'schedules']) t;
select has_function('public', f, 'function ' || f)
  from unnest(array['messenger_send', 'messenger_claim', 'messenger_complete', 'messenger_fail', 'messenger_release',
                    'messenger_extend', 'messenger_rescue', 'messenger_retry_failed', 'messenger_prune',
                    'messenger_run_schedules']) f;
select ok(has_function_privilege('service_role', 'messenger_claim(text, text[], text, integer, interval)', 'execute'),
          'a worker may claim');

-- The role that Supabase's service key has
grant usage on schema tap to service_role, anon;
set role service_role;
select lives_ok($$select messenger_send('as service')$$, 'sends');
select lives_ok($$insert into messenger_messages (type) values ('by hand as service')$$, 'inserts by hand');
select results_eq($$select status, message_count from messenger_queue_depth$$, $$values ('pending', 2::bigint)$$,
                  'sees the depth');
select is((select count(*)
             from messenger_claim('default', null, 'w', 5) c, messenger_complete(array[c.id], array[c.token]) d
            where d.outcome = 'completed'), 2::bigint, 'works');
reset role;
set role anon;
select throws_ok($$select messenger_send('as anon')$$, '42501', null, 'a browser cannot send');
reset role;

-- updated_at
insert into messenger_transports (name, type, updated_at) values ('t', 'supabase', '2020-01-01');
update messenger_transports set paused = true;
select ok((select updated_at > '2021-01-01' from messenger_transports), 'updated_at of a transport is kept');

-- The rollback, and the migration again
\i :schema/messenger/rollback_symphony_messenger_schema.sql
select is_empty($$select p.oid::regprocedure from pg_proc p where p.proname ~ 'messenger'
                   union all select null where exists (select from pg_class where relname ~ 'messenger'
                                                          and relname !~ '^messenger_handlers')$$,
                'the rollback leaves nothing behind');
\i :schema/messenger/rollback_symphony_messenger_schema.sql
\i :schema/messenger/001_create_symphony_messenger_schema.up.sql
\i :schema/messenger/001_create_symphony_messenger_schema.verify.sql
select is_empty($$SELECT * FROM messenger_queue_depth;$$, 'the migration makes it again');
select * from finish();
