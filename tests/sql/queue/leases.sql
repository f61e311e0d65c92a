-- Acknowledgement with read_ct as a fencing token, poison messages, and the reader of our own.
set client_min_messages = warning;
select plan(29);
select pgmq.create('l');
select pgmq.send_batch('l', array['1', '2', '3', '4']::jsonb[]);
select pgmq.read('l', 0, 10);
select pgmq.read('l', 30, 1);
select results_eq($$select * from nova_queue.delete_leased('l', array[1, 2, 99]::bigint[], array[1, 1, 1])$$,
                  $$values (1::bigint, false), (2, true), (99, false)$$,
                  'deletes what still has that read_ct and says which');
select results_eq('select msg_id, read_ct from pgmq.q_l order by 1', $$values (1::bigint, 2), (3, 1), (4, 1)$$,
                  'a stale reader removes nothing');
select results_eq($$select * from nova_queue.delete_leased('l', array[1]::bigint[], array[2])$$,
                  $$values (1::bigint, true)$$, 'the new holder does');
select results_eq($$select * from nova_queue.archive_leased('l', array[4, 3]::bigint[], array[1, 7], 'gave up')$$,
                  $$values (4::bigint, true), (3, false)$$, 'archives in the same way and answers in order');
select results_eq('select msg_id, read_ct, message, headers from pgmq.a_l',
                  $$values (4::bigint, 1, '4'::jsonb, '{"nova_reason": "gave up"}'::jsonb)$$, 'with the reason');
select results_eq($$select * from nova_queue.extend_leased('l', array[3]::bigint[], array[7], 60)$$,
                  $$values (3::bigint, false)$$, 'a stale reader extends nothing');
select results_eq($$select * from nova_queue.extend_leased('l', array[3]::bigint[], array[1], 60)$$,
                  $$values (3::bigint, true)$$, 'the holder extends');
select ok((select vt > clock_timestamp() + interval '50 s' from pgmq.q_l where msg_id = 3), 'for that time from now');
select results_eq($$select * from nova_queue.extend_leased('l', array[3]::bigint[], array[1], 0)$$,
                  $$values (3::bigint, true)$$, 'or gives it back');
select is((select count(*) from pgmq.read('l', 30, 1)), 1::bigint, 'then it is read again');
select is_empty($$select * from nova_queue.delete_leased('l', '{}', '{}')$$, 'no messages, no answers');
select throws_ok($$select * from nova_queue.delete_leased('l', array[1, 2]::bigint[], array[1])$$, '22023',
                 '2 ids, 1 read counts: one each is needed');
select results_eq($$select * from nova_queue.archive_leased('l', array[3]::bigint[], array[2])$$,
                  $$values (3::bigint, true)$$, 'archives without a reason');
select is((select headers from pgmq.a_l where msg_id = 3), null, 'then headers stay as they were');

select dblink_connect('a', current_setting('nova_test.connection'));
select dblink_connect('b', current_setting('nova_test.connection'));
select pgmq.create('race');
select count(*) from pgmq.send_batch('race', array_fill('1'::jsonb, array[200]));
select count(*) from pgmq.read('race', 30, 200);
select dblink_send_query('a',
                         $$select count(*) filter (where accepted)
                             from nova_queue.delete_leased('race', array(select generate_series(1, 200)),
                                                           array_fill(1, array[200]))$$);
select dblink_send_query('b',
                         $$select count(*) filter (where accepted)
                             from nova_queue.delete_leased('race', array(select generate_series(200, 1, -1)),
                                                           array_fill(1, array[200]))$$);
select is((select sum(n)
             from (select * from dblink_get_result('a') as t(n bigint)
                    union all select * from dblink_get_result('b') as t(n bigint)) x), 200::numeric,
          'of two that acknowledge the same messages at once each message counts for one, without a deadlock');
select is((select count(*) from pgmq.q_race), 0::bigint, 'and all are gone');

-- nova_queue.read
select pgmq.create('n');
select pgmq.send_batch('n', array['1', '2', '3', '4', '5']::jsonb[]);
select results_eq($$select msg_id, read_ct, message from nova_queue.read('n', 30, 2)$$,
                  $$values (1::bigint, 1, '1'::jsonb), (2, 1, '2')$$, 'reads as pgmq.read');
select results_eq($$select msg_id from nova_queue.read('n', 30, 2)$$, array[3, 4]::bigint[],
                  'goes on behind what it took');
select pgmq.set_vt('n', 1, -10);
select results_eq($$select msg_id from nova_queue.read('n', 30, 5)$$, array[5]::bigint[], 'first');
select results_eq($$select msg_id from nova_queue.read('n', 30, 5)$$, array[1]::bigint[],
                  'then, with nothing further on, takes what came back');
select pgmq.send_batch('n', array_fill('0'::jsonb, array[3000]));
select pgmq.set_vt('n', 2, -10);
create function reads_until(wanted bigint) returns boolean language plpgsql as $$
begin
  for i in 1..3000 loop
    if wanted in (select msg_id from nova_queue.read('n', 600, 1)) then
      return true;
    end if;
    perform pg_sleep(0.002);
  end loop;
  return false;
end $$;
select ok(reads_until(2), 'and looks back while there is more ahead');
select pgmq.purge_queue('n');
begin;
select pgmq.send('n', '6');
savepoint before_read;
select results_eq($$select msg_id from nova_queue.read('n', 30, 5)$$, array[3006]::bigint[], 'a read');
rollback to before_read;
select results_eq($$select msg_id from nova_queue.read('n', 30, 5)$$, array[3006]::bigint[],
                  'that is rolled back takes its hint back with it');
commit;

select pgmq.create('poison');
select pgmq.send_batch('poison', array['"bad"', '"good"']::jsonb[]);
update pgmq.q_poison set read_ct = 3 where msg_id = 1;
select results_eq($$select msg_id, read_ct from nova_queue.read('poison', 30, 5, 3)$$, $$values (2::bigint, 1)$$,
                  'a message with too many leases is not returned');
select results_eq('select msg_id, message, headers from pgmq.a_poison',
                  $$values (1::bigint, '"bad"'::jsonb,
                            '{"nova_reason": "read 3 times, at most 3 are allowed"}'::jsonb)$$,
                  'but archived with the reason');
select pgmq.send('poison', '"patient"');
update pgmq.q_poison set read_ct = 3 where msg_id = 3;
select results_eq($$select msg_id, read_ct from nova_queue.read('poison', 30, 5)$$, $$values (3::bigint, 4)$$,
                  'without a limit every message is returned');
select pgmq.send('poison', '"other"');
update pgmq.q_poison set read_ct = 9 where msg_id = 4;
select is((select count(*) from pgmq.read('poison', 30, 5)), 1::bigint, 'pgmq.read knows no limit');
select is((select count(*) from nova_queue.read('n', 30, 0)), 0::bigint, 'none asked, none given');
select throws_ok($$select * from nova_queue.read('nosuch', 30, 1)$$, '42P01');
select * from finish();
