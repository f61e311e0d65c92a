-- Sending.
set client_min_messages = warning;
select plan(25);
select pgmq.create('s');
select is(pgmq.send('s', '{"a": 1}'), 1::bigint, 'send returns the id');
select is(pgmq.send(queue_name := 's', msg := '{"a": 2}', delay := 0), 2::bigint, 'arguments go by their names');
select is(pgmq.send('s', '{"a": 3}', '{"h": 1}'::jsonb), 3::bigint, 'headers');
select is(pgmq.send('s', '{"a": 4}', 60), 4::bigint, 'a delay in seconds');
select is(pgmq.send('s', '{"a": 5}', clock_timestamp() + interval '1 hour'), 5::bigint, 'a time');
select is(pgmq.send('s', '{"a": 6}', '{"h": 2}', 60), 6::bigint, 'headers and a delay');
select is(pgmq.send('s', '{"a": 7}', '{"h": 3}', clock_timestamp() - interval '1 hour'), 7::bigint,
          'headers and a time');
select is(pgmq.send('s', '{"a": 8}', -60), 8::bigint, 'a negative delay is allowed');
select is(pgmq.send('s', null), 9::bigint, 'a message may be null');
select results_eq('select msg_id, headers from pgmq.q_s where headers is not null order by 1',
                  $$values (3::bigint, '{"h": 1}'::jsonb), (6, '{"h": 2}'), (7, '{"h": 3}')$$, 'headers are stored');
select results_eq('select msg_id from pgmq.q_s where vt > clock_timestamp() order by 1', array[4, 5, 6]::bigint[],
                  'only the delayed are hidden');
select ok((select vt between clock_timestamp() + interval '50 s' and clock_timestamp() + interval '60 s' from pgmq.q_s
            where msg_id = 4), 'a delay counts from now');
select throws_ok($$select pgmq.send('nosuch', '1')$$, '42P01', null, 'an unknown queue is an unknown table');

select pgmq.create('b');
select results_eq($$select pgmq.send_batch('b', array['{"n": 1}', '{"n": 2}', '{"n": 3}']::jsonb[])$$,
                  array[1, 2, 3]::bigint[], 'ids in order');
select results_eq('select (message ->> ''n'')::bigint from pgmq.q_b order by msg_id', array[1, 2, 3]::bigint[],
                  'messages in order');
select results_eq($$select pgmq.send_batch('b', array['4', '5']::jsonb[], array['{"h": 4}']::jsonb[])$$,
                  array[4, 5]::bigint[], 'fewer headers');
select results_eq('select headers from pgmq.q_b where msg_id > 3 order by msg_id',
                  $$values ('{"h": 4}'::jsonb), (null)$$, 'the missing are null');
select is_empty($$select pgmq.send_batch('b', '{}'::jsonb[])$$, 'an empty batch sends nothing');
select results_eq($$select pgmq.send_batch('b', array['6']::jsonb[], 60)$$, array[6]::bigint[], 'a delay in seconds');
select results_eq($$select pgmq.send_batch('b', array['7']::jsonb[], clock_timestamp() + interval '1 hour')$$,
                  array[7]::bigint[], 'a time');
select results_eq($$select pgmq.send_batch('b', array['8']::jsonb[], array['{"h": 8}']::jsonb[], 60)$$,
                  array[8]::bigint[], 'headers and a delay');
select results_eq($$select pgmq.send_batch('b', array['9']::jsonb[], array['{"h": 9}']::jsonb[], clock_timestamp())$$,
                  array[9]::bigint[], 'headers and a time');
select results_eq('select msg_id from pgmq.q_b where vt > clock_timestamp() order by 1', array[6, 7, 8]::bigint[],
                  'only the delayed are hidden');

begin;
select pgmq.send('b', '10');
rollback;
select is((select count(*) from pgmq.q_b where msg_id = 10), 0::bigint, 'a send is part of the transaction');
select is((select total_messages from pgmq.metrics('b')), 10::bigint, 'total_messages counts it all the same');
select * from finish();
