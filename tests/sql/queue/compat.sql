-- The shape of pgmq 1.13, where message_record has last_read_at; and that shapes are never mixed.
set client_min_messages = warning;
select plan(19);
\set up `cat :schema/queue/001_pgmq.up.sql`
select lives_ok(:'up', 'the same shape again is no error');
set nova.pgmq_compat = '1.13';
select throws_ok(:'up', '55000', 'schema pgmq has the shape of pgmq 1.5, nova.pgmq_compat asks for 1.13');
set nova.pgmq_compat = '2';
select throws_ok(:'up', '22023', 'nova.pgmq_compat is "2"; accepted are 1.5 and 1.13');

-- The way out that the refusal names: down and up again.
\ir ../../../schema/queue/006_move_to_extension.down.sql
\ir ../../../schema/queue/005_flux_pgmq.down.sql
\ir ../../../schema/queue/004_pgmq_public.down.sql
\ir ../../../schema/queue/003_leases.down.sql
\ir ../../../schema/queue/002_messages.down.sql
\ir ../../../schema/queue/001_pgmq.down.sql
set nova.pgmq_compat = '1.13';
\ir ../../../schema/queue/001_pgmq.up.sql
\ir ../../../schema/queue/002_messages.up.sql
\ir ../../../schema/queue/003_leases.up.sql
\ir ../../../schema/queue/004_pgmq_public.up.sql
\ir ../../../schema/queue/005_flux_pgmq.up.sql
\ir ../../../schema/queue/006_move_to_extension.up.sql
reset nova.pgmq_compat;
select matches(obj_description('pgmq'::regnamespace, 'pg_namespace'), 'pgmq_compat = 1.13$',
               'the schema says whose shape it has');
select results_eq($$select attname::text collate "default" from pg_attribute
                     where attrelid = 'pgmq.message_record'::regclass order by attnum$$,
                  array['msg_id', 'read_ct', 'enqueued_at', 'last_read_at', 'vt', 'message', 'headers'],
                  'message_record has last_read_at before vt');
select is((select attname::text from pg_attribute where attrelid = 'pgmq.metrics_result'::regclass order by attnum desc
            limit 1), 'default_partition_length', 'metrics_result ends with default_partition_length');
select pgmq.create('n');
select results_eq($$select attname::text collate "default" from pg_attribute
                     where attrelid = 'pgmq.q_n'::regclass and attnum > 0 order by attnum$$,
                  array['msg_id', 'read_ct', 'enqueued_at', 'last_read_at', 'vt', 'message', 'headers'],
                  'a queue has the column');
select pgmq.send('n', '{"n": 1}', '{"h": 1}'::jsonb);
select pgmq.send_batch('n', array['{"n": 2}', '{"n": 3}']::jsonb[]);
select is((select last_read_at from pgmq.q_n where msg_id = 1), null, 'nobody has read it');
select results_eq($$select msg_id, read_ct, last_read_at between enqueued_at and clock_timestamp(),
                           vt > clock_timestamp(), message, headers
                      from pgmq.read('n', 30, 1)$$,
                  $$values (1::bigint, 1, true, true, '{"n": 1}'::jsonb, '{"h": 1}'::jsonb)$$, 'a read says when');
select results_eq($$select msg_id, last_read_at is null, message from pgmq.pop('n')$$,
                  $$values (2::bigint, true, '{"n": 2}'::jsonb)$$, 'pop');
select results_eq($$select msg_id, last_read_at is null from pgmq.set_vt('n', 1, 0)$$, $$values (1::bigint, false)$$,
                  'set_vt');
select is(pgmq.archive('n', 1), true, 'archive');
select ok((select last_read_at is not null from pgmq.a_n where msg_id = 1), 'keeps it');
select results_eq($$select msg_id, message from nova_queue.read('n', 30, 5)$$,
                  $$values (3::bigint, '{"n": 3}'::jsonb)$$, 'our reader does not mind');
select results_eq($$select accepted from nova_queue.archive_leased('n', array[3]::bigint[], array[1])$$, array[true],
                  'nor does the fenced archive');
select is((select queue_length from pgmq.metrics('n')), 0::bigint, 'metrics');
select throws_ok($$select pgmq.send_batch('n', '{}'::jsonb[])$$, 'P0001', 'msgs cannot be NULL or empty');
select throws_ok($$select pgmq.send_batch('n', array['1', '2']::jsonb[], array['1']::jsonb[])$$, 'P0001',
                 'headers array length (1) must match msgs array length (2)');
select flux_pgmq_send('thread_sync_jobs', '{}');
select is((select count(*) from flux_pgmq_read('thread_sync_jobs', 30, 5)), 1::bigint,
          'the document''s functions give what they always gave');
select * from finish();
