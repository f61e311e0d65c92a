-- Deleting, archiving, purging, figures.
set client_min_messages = warning;
select plan(30);
select pgmq.create('d');
select pgmq.send_batch('d', array['1', '2', '3', '4']::jsonb[]);
select is(pgmq.delete('d', 1), true, 'delete says whether it was there');
select is(pgmq.delete('d', 1), false, 'and whether it was not');
select set_eq($$select pgmq.delete('d', array[1, 2, 3, -3]::bigint[])$$, array[2, 3]::bigint[],
              'many at once: the ids of those that were');
select is(pgmq.delete(queue_name := 'd', msg_id := 4), true, 'arguments go by their names');

select pgmq.create('a');
select pgmq.send('a', '{"n": 1}', '{"h": 1}'::jsonb);
select pgmq.send_batch('a', array['{"n": 2}', '{"n": 3}']::jsonb[]);
select pgmq.read('a', 30, 1);
select is(pgmq.archive('a', 1), true, 'archive says whether it was there');
select is(pgmq.archive('a', 1), false, 'and whether it was not');
select set_eq($$select pgmq.archive('a', array[2, 3, 99]::bigint[])$$, array[2, 3]::bigint[],
              'many at once: the ids of those that were');
select is((select count(*) from pgmq.q_a), 0::bigint, 'they left the queue');
select results_eq($$select msg_id, read_ct, message, headers from pgmq.a_a order by 1$$,
                  $$values (1::bigint, 1, '{"n": 1}'::jsonb, '{"h": 1}'::jsonb), (2, 0, '{"n": 2}', null),
                           (3, 0, '{"n": 3}', null)$$, 'and are in the archive as they were');
select ok((select bool_and(archived_at >= enqueued_at and vt is not null) from pgmq.a_a), 'with the time');

select pgmq.create('p');
select is(pgmq.purge_queue('p'), 0::bigint, 'purging an empty queue removes none');
select pgmq.send_batch('p', array_fill('0'::jsonb, array[5]));
select is(pgmq.purge_queue('p'), 5::bigint, 'purge says how many');
select is((select count(*) from pgmq.q_p), 0::bigint, 'the queue is empty');
select is(pgmq.send('p', '0'), 6::bigint, 'ids go on');
alter table pgmq.q_p set (autovacuum_enabled = off); -- it would be in it
select count(*) from pgmq.send_batch('p', array_fill(to_jsonb(repeat(md5('x'), 10)), array[40000]));
select is(pgmq.purge_queue('p'), 40001::bigint, 'a large queue is purged');
select is(pg_relation_size('pgmq.q_p'), 0::bigint, 'and leaves no dead rows when nobody is in it');
select is(pgmq.send('p', '0'), 40007::bigint, 'ids go on');

select dblink_connect('other', current_setting('nova_test.connection'));
begin;
select pg_sleep(0);
alter table pgmq.q_p set (autovacuum_enabled = off); -- it would be in it
select count(*) from pgmq.send_batch('p', array_fill(to_jsonb(repeat(md5('x'), 10)), array[40000]));
select pgmq.purge_queue('p');
select is((select n
             from dblink('other',
                         'set lock_timeout = ''2s''; select count(*) from pgmq.read(''p'', 30, 10)') as t(n bigint)),
          0::bigint, 'a purge inside a transaction does not make readers wait');
rollback;

select pgmq.create('m');
select results_eq($$select queue_name, queue_length, newest_msg_age_sec, oldest_msg_age_sec, total_messages,
                           queue_visible_length
                      from pgmq.metrics('m')$$,
                  $$values ('m', 0::bigint, null::integer, null::integer, 0::bigint, 0::bigint)$$,
                  'figures of an empty queue');
select pgmq.send_batch('m', array['1', '2', '3']::jsonb[]);
select pgmq.send('m', '4', 60);
update pgmq.q_m set enqueued_at = now() - interval '1 hour' where msg_id = 1;
select results_eq($$select queue_length, oldest_msg_age_sec between 3600 and 3660, total_messages, queue_visible_length
                      from pgmq.metrics('m')$$, $$values (4::bigint, true, 4::bigint, 3::bigint)$$, 'figures');
select ok((select newest_msg_age_sec between 0 and 60 and scrape_time = now() from pgmq.metrics('m')),
          'newest age and time');
select pgmq.delete('m', 2);
select is((select total_messages from pgmq.metrics('m')), 4::bigint, 'total_messages counts what was ever sent');
select bag_eq('select queue_name from pgmq.metrics_all()', 'select queue_name::text from pgmq.list_queues()',
              'metrics_all has every queue');
select throws_ok($$select pgmq.metrics('nosuch')$$, '42P01');

-- Our own, whose cost does not grow.
select results_eq($$select queue_length, visible_length, total_messages, archived, oldest_age_sec between 3600 and 3660
                      from nova_queue.metrics('m')$$,
                  $$values (3::bigint, 2::bigint, 4::bigint, 0::bigint, true)$$,
                  'nova_queue.metrics is exact for small queues');
select is((select archived from nova_queue.metrics('a')), 3::bigint, 'and counts the archive');
select bag_eq('select queue_name from nova_queue.metrics()', 'select queue_name::text from pgmq.list_queues()',
              'of all queues');
select results_eq($$select msg_id, message from nova_queue.peek('m', 2)$$, $$values (1::bigint, '1'::jsonb), (3, '3')$$,
                  'peek shows the first messages');
select is((select max(read_ct) from pgmq.q_m), 0, 'without leasing them');
select is((select sum(visible_length) from nova_queue.metrics('p')) >= 0, true, 'never negative');
select * from finish();
