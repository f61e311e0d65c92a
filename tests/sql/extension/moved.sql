-- Queues that Nova made are moved to the extension, which became available later.
set client_min_messages = warning;
select plan(18);
select is(nova_queue.pgmq_origin(), 'nova', 'the schema is Nova''s');
select pgmq.create('Orders');
select pgmq.create_unlogged('volatile');
select pgmq.send_batch('Orders', array['{"n": 1}', '{"n": 2}', '{"n": 3}']::jsonb[]);
select pgmq.archive('Orders', 1);
select pgmq.read('Orders', 3600, 1);
update pgmq.meta set created_at = '2026-01-01' where queue_name = 'Orders';
select nova_queue.expose_queue('Orders', 'authenticated');
select throws_ok('create extension pgmq', '42P07', null, 'the extension alone stops at what is there');
select is(nova_queue.move_to_extension(), 5, 'moving takes every queue');
select is(nova_queue.pgmq_origin(), 'extension', 'the schema is the extension''s');
select is_empty($$select p.oid::regprocedure from pg_proc p
                   where pronamespace = 'pgmq'::regnamespace
                     and not exists (select from pg_depend where objid = p.oid and deptype = 'e')$$,
                'no function of ours is left in it');
select results_eq($$select queue_name::text, is_unlogged, created_at from pgmq.meta
                     where queue_name in ('Orders', 'volatile') order by 1$$,
                  $$select 'Orders', false, timestamptz '2026-01-01'
                     union all select 'volatile', true, created_at from pgmq.meta where queue_name = 'volatile'
                     order by 1$$, 'queues keep what was known of them');
select results_eq('select msg_id, read_ct from pgmq.q_orders order by 1', $$values (2::bigint, 1), (3, 0)$$,
                  'and their messages');
select is((select count(*) from pgmq.a_orders), 1::bigint, 'and their archive');
select is((select count(*) from pg_depend d join pg_extension e on e.oid = d.refobjid and extname = 'pgmq'
            where objid in ('pgmq.q_orders'::regclass, 'pgmq.a_orders'::regclass)), 2::bigint,
          'tables are members of the extension');
select results_eq($$select msg_id from pgmq.read('Orders', 30, 5)$$, array[3]::bigint[], 'the extension reads them');
select is(pgmq_public.send('Orders', '{}', 0), 4::bigint, 'the wrappers work');
select results_eq($$select msg_id from pgmq_public.read('Orders', 30, 5)$$, array[4]::bigint[],
                  'also those that return its type');
select ok(has_function_privilege('authenticated', 'pgmq_public.read(text,integer,integer)', 'execute'),
          'and are granted as before');
select ok(not has_function_privilege('anon', 'pgmq_public.read(text,integer,integer)', 'execute'), 'to nobody else');
select results_eq($$select accepted from nova_queue.delete_leased('Orders', array[3, 4]::bigint[], array[1, 9])$$,
                  array[true, false], 'fences work');
select is(flux_pgmq_send('thread_sync_jobs', '{}'), 1::bigint, 'the document''s functions too');
select is((select count(*) from pg_trigger where tgname = 'nova_wake'), 5::bigint, 'queues still wake their readers');
select is(nova_queue.move_to_extension(), 0, 'moving again does nothing');
select * from finish();
