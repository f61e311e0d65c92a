-- Reading.
set client_min_messages = warning;
select plan(31);
select pgmq.create('r');
select is_empty($$select * from pgmq.read('r', 30, 10)$$, 'an empty queue gives nothing');
select pgmq.send_batch('r', array['{"n": 1}', '{"n": 2, "k": "x"}', '{"n": 3}']::jsonb[]);
select results_eq($$select msg_id, read_ct, message from pgmq.read('r', 30, 1)$$,
                  $$values (1::bigint, 1, '{"n": 1}'::jsonb)$$, 'the limit holds');
select results_eq($$select msg_id from pgmq.read('r', 30, 5)$$, array[2, 3]::bigint[], 'what was read is hidden');
select is_empty($$select * from pgmq.read('r', 30, 5)$$, 'then there is nothing');
select ok((select bool_and(vt > clock_timestamp() + interval '25 s') from pgmq.q_r), 'for as long as was said');

select results_eq($$select msg_id, read_ct from pgmq.set_vt('r', 2, 0)$$, $$values (2::bigint, 1)$$,
                  'set_vt returns the message');
select is_empty($$select * from pgmq.set_vt('r', 9999, 0)$$, 'or nothing');
select results_eq($$select msg_id, read_ct from pgmq.read('r', 0, 5)$$, $$values (2::bigint, 2)$$,
                  'it is visible again and read_ct grew');
select results_eq($$select msg_id, read_ct from pgmq.read('r', -5, 5)$$, $$values (2::bigint, 3)$$,
                  'a timeout of 0 leaves it visible');
select results_eq($$select msg_id, read_ct from pgmq.read('r', 30, 5)$$, $$values (2::bigint, 4)$$,
                  'so does a negative one');
select is_empty($$select * from pgmq.read('r', 30, 0)$$, 'none asked, none given');

select pgmq.set_vt('r', n, 0) from generate_series(1, 3) n;
select results_eq($$select msg_id from pgmq.read('r', 30, 5, '{"k": "x"}')$$, array[2]::bigint[],
                  'a condition keeps what contains it');
select is_empty($$select * from pgmq.read('r', 30, 5, '{"k": "y"}')$$, 'and nothing else');
select results_eq($$select msg_id from pgmq.read(queue_name := 'r', vt := 30, qty := null)$$, array[1, 3]::bigint[],
                  'a null limit reads all');

begin;
select pgmq.set_vt('r', 1, 0);
select pgmq.read('r', 30, 1);
rollback;
select is((select read_ct from pgmq.q_r where msg_id = 1), 2, 'a read that was rolled back did not happen');

-- Order over a large queue: 1,000 hidden in front, then ready ones, then hidden, then ready ones.
select pgmq.create('far');
select count(*) from pgmq.send_batch('far', array_fill('1'::jsonb, array[1000]), 3600);
select count(*) from pgmq.send_batch('far', array_fill('2'::jsonb, array[20]));
select count(*) from pgmq.send_batch('far', array_fill('3'::jsonb, array[1000]), 3600);
select count(*) from pgmq.send_batch('far', array_fill('4'::jsonb, array[20]));
select pgmq.set_vt('far', 7, -10);
select results_eq($$select msg_id from pgmq.read('far', 60, 3)$$, array[7, 1001, 1002]::bigint[],
                  'a read takes the lowest ids wherever they are');
select results_eq($$select msg_id from pgmq.read('far', 60, 20, '4')$$,
                  array(select generate_series(2021, 2040))::bigint[], 'a condition finds what is far behind');
select is((select array_agg(msg_id) from pgmq.read('far', 60, null)),
          array(select generate_series(1003, 1020))::bigint[], 'all the rest');
select count(*) from pgmq.send_batch('far', array_fill('5'::jsonb, array[6000]));
select results_eq($$select msg_id from pgmq.read('far', 60, 3)$$, array[2041, 2042, 2043]::bigint[],
                  'also with many ready behind many hidden');
select is((select count(distinct msg_id) from pgmq.read('far', 0, null)), 5997::bigint,
          'a timeout of 0 gives each message once');

select pgmq.create('p');
select is_empty($$select * from pgmq.pop('p')$$, 'pop of an empty queue gives nothing');
select pgmq.send_batch('p', array['{"n": 1}', '{"n": 2}']::jsonb[]);
select results_eq($$select msg_id, read_ct, message from pgmq.pop('p')$$, $$values (1::bigint, 0, '{"n": 1}'::jsonb)$$,
                  'pop gives the first as it was');
select is((select count(*) from pgmq.q_p), 1::bigint, 'and removes it');

-- Two readers at once.
select pgmq.create('two');
select pgmq.send_batch('two', array['1', '2', '3']::jsonb[]);
select dblink_connect('other', current_setting('nova_test.connection'));
begin;
select results_eq($$select msg_id from pgmq.read('two', 30, 2)$$, array[1, 2]::bigint[], 'one reader took two');
select results_eq($$select * from dblink('other', 'select msg_id from pgmq.read(''two'', 30, 5)') as t(id bigint)$$,
                  array[3]::bigint[], 'another gets the rest at once, without waiting for the first');
commit;
select is_empty($$select * from pgmq.read('two', 30, 5)$$, 'and nobody a message twice');

-- Polling.
select pgmq.create('w');
create temp table started as select clock_timestamp() as at;
select is_empty($$select * from pgmq.read_with_poll('w', 30, 1, 1, 50)$$, 'a poll ends empty');
select ok((select clock_timestamp() - at between interval '1 s' and interval '10 s' from started),
          'after the time it was given');
select dblink_send_query('other', $$select pg_sleep(0.2); select pgmq.send('w', '{"late": true}')$$);
select results_eq($$select msg_id, message from pgmq.read_with_poll('w', 30, 1, 20, 50)$$,
                  $$values (1::bigint, '{"late": true}'::jsonb)$$, 'a poll sees what is committed while it waits');
select pgmq.send('w', '{"k": 1}');
update started set at = clock_timestamp();
select is((select count(*) from pgmq.read_with_poll('w', 30, 1, 20, 50, '{"k": 1}')), 1::bigint,
          'a poll takes a condition');
select ok((select clock_timestamp() - at < interval '10 s' from started), 'and returns as soon as it has something');
select * from finish();
