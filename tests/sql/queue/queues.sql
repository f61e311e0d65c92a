-- Creating, naming, listing and dropping queues.
set client_min_messages = warning;
select plan(36);
select lives_ok($$select pgmq.create('orders')$$, 'a queue is created');
select lives_ok($$select pgmq.create('orders')$$, 'creating it again is no error');
select is((select count(*) from pgmq.meta where queue_name = 'orders'), 1::bigint, 'and it is there once');
select results_eq($$select queue_name::text, is_partitioned, is_unlogged from pgmq.list_queues()
                     where queue_name = 'orders'$$, $$values ('orders', false, false)$$, 'list_queues shows it');

select lives_ok($$select pgmq.create(repeat('a', 47))$$, '47 characters are a name');
select throws_ok($$select pgmq.create(repeat('a', 48))$$, 'P0001',
                 'queue name is too long, maximum length is 47 characters');
select throws_ok($$select pgmq.create('dollar$-signed')$$, 'P0001',
                 E'queue name contains invalid characters: $, ;, --, or \\''');
select throws_ok($$select pgmq.create('a;b')$$, 'P0001');
select throws_ok($$select pgmq.create('a--b')$$, 'P0001');
select throws_ok($$select pgmq.create('a''b')$$, 'P0001');
select throws_ok($$select pgmq.delete('abc where false; create table public.attack_vector(id int); '
                                      'delete from pgmq.q_abc', 1)$$, 'P0001', null,
                 'SQL in a name is refused');
select hasnt_table('public', 'attack_vector', 'and not run');

select pgmq.create('queue-hyphened');
select is((select pgmq.send('queue-hyphened', '{"hello": "world"}')), 1::bigint, 'a name may have a hyphen');
select is((select pgmq.archive('queue-hyphened', 1)), true, 'and everything works on it');
select pgmq.create('a "quoted" näme');
select is((select pgmq.send('a "quoted" näme', '1')), 1::bigint,
          'a name may have quotes, spaces and letters beyond ASCII');
select is((select count(*) from pgmq.read('a "quoted" näme', 1, 1)), 1::bigint, 'and is read by it');

select pgmq.create('CaseQ');
select has_table('pgmq', 'q_caseq', 'tables are in lower case');
select is((select pgmq.send('CaseQ', '1')), 1::bigint, 'a queue in mixed case is used by its name');
select pgmq.create('caseq');
select results_eq($$select queue_name::text from pgmq.meta where lower(queue_name) = 'caseq'$$, array['CaseQ'],
                  'a second spelling is the same queue, not a second entry');
select is((select queue_length from pgmq.metrics('caseq')), 1::bigint, 'and sees its messages');
select is(pgmq.drop_queue('caseq'), true, 'dropped under either name');
select is_empty($$select from pgmq.meta where lower(queue_name) = 'caseq'$$, 'it is gone under both');

select pgmq.create_unlogged('volatile');
select is((select relpersistence from pg_class where oid = 'pgmq.q_volatile'::regclass), 'u'::"char",
          'an unlogged queue is unlogged');
select is((select relpersistence from pg_class where oid = 'pgmq.a_volatile'::regclass), 'p'::"char",
          'its archive is not');
select throws_ok($$select pgmq.create_partitioned('parts')$$, 'P0001', 'pg_partman is required for partitioned queues');

select is(pgmq.drop_queue('orders'), true, 'dropping a queue says true');
select hasnt_table('pgmq', 'a_orders', 'its archive goes too');
select is(pgmq.drop_queue('orders'), false, 'dropping what is not there says false');
select pgmq.create('kept');
select pgmq.detach_archive('kept');
select pgmq.drop_queue('kept', false);
select has_table('pgmq', 'a_kept', 'a detached archive stays when its queue is dropped');

begin;
select pgmq.create('rolled_back');
rollback;
select hasnt_table('pgmq', 'q_rolled_back', 'creation is part of the transaction');

-- Two sessions create the same queue: the second waits for the first instead of failing.
select dblink_connect('other', current_setting('nova_test.connection'));
begin;
select pgmq.create('contested');
select dblink_send_query('other', $$select pgmq.create('contested')$$);
commit;
select lives_ok($$select * from dblink_get_result('other') as t(r text)$$,
                'the same queue created twice at once is no error');

-- Names are counted in bytes, as those of tables are.
select throws_ok(format('select pgmq.create(%L)', repeat('注', 15) || 'abc'), 'P0001',
  'queue name is too long, maximum length is 47 characters of one byte each; it has 48 bytes',
  'characters of three bytes');
select pgmq.create(repeat('ü', 23)) \g /dev/null
select lives_ok(format('select pgmq.send(%L, %L)', repeat('ü', 23), '{}'), 'what fits');
select is((select total_messages from pgmq.metrics(repeat('ü', 23))), 1::bigint, 'is a queue as any other');

-- A queue that is made again beside its detached archive goes on with the numbers.
select pgmq.create('again') \g /dev/null
select pgmq.send_batch('again', array['1', '2']::jsonb[]) \g /dev/null
select pgmq.archive('again', array[1, 2]) \g /dev/null
select pgmq.detach_archive('again'), pgmq.drop_queue('again') \g /dev/null
select pgmq.create('again') \g /dev/null
select is(pgmq.send('again', '3'), 3::bigint, 'the next is the third');
select ok(pgmq.archive('again', 3), 'and can be archived');
select * from finish();
