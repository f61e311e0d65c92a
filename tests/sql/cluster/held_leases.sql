-- What a node holds: leases renewed together, and messages of the queues.
set client_min_messages = warning;
select plan(18);

select id as d, epoch as d_epoch from nova.register_node('d', '{}', '1') \gset
select pgmq.create('work');
select pgmq.send('work', '{"n": 1}');
select pgmq.send('work', '{"n": 2}');
select is((select count(*) from nova_queue.read('work', 300, 1, reader => :d_epoch)), 1::bigint,
          'a message is read by a node');
select is((select count(*) from nova_queue.read('work', 300, 1, reader => 0)), 1::bigint,
          'another by nobody in particular');
select is((select count(*) from nova_queue.read('work', 300, 10)), 0::bigint, 'both are hidden');
select is((select headers ->> 'nova_reader' from pgmq.q_work where msg_id = 1), :'d_epoch',
          'the first says who has it');
select is((select headers from pgmq.q_work where msg_id = 2), null, 'the second says nothing');

select is((select count(*) from nova.take_lease('l1', :d)), 1::bigint, 'a node holds a lease');
select token as l1 from nova.cluster_leases where name = 'l1' \gset
select results_eq(format($$select * from nova.renew_leases(%s, array['l1', 'l2'], array[%s, 7])$$, :d, :l1),
                  $$values ('l1')$$, 'renewing many says which are still held');
select is_empty(format($$select * from nova.renew_leases(%s, array['l1'], array[%s - 1])$$, :d, :l1),
                'an older token renews nothing');
select id as e from nova.register_node('e', '{}', '1') \gset
select results_eq(format($$select name from nova.take_leases(array['l1', 'l2'], %s)$$, :e), $$values ('l2')$$,
                  'of many leases the free ones are taken');

select nova.leave(:d);
select is((select array_agg(message ->> 'n') from nova_queue.read('work', 300, 10)), array['1'],
          'an ended node''s message is there again, the other is not');
select is((select holder from nova.cluster_leases where name = 'l1'), null, 'its lease is free');
select is_empty(format($$select * from nova.renew_leases(%s, array['l1'], array[%s])$$, :d, :l1),
                'and it renews nothing any more');
select is_empty(format($$select * from nova.take_leases(array['l1'], %s)$$, :d), 'nor takes');
select cmp_ok((select token from nova.take_leases(array['l1'], :e)), '>', :l1, 'the next tenure has a greater token');

-- A read whose answer was lost
select id as f, epoch as f_epoch from nova.register_node('f', '{}', '1') \gset
select pgmq.create('doubt');
select pgmq.send('doubt', jsonb_build_object('n', n)) from generate_series(1, 3) n;
select count(*) from nova_queue.read('doubt', 300, 3, reader => :f_epoch) \g /dev/null
select count(*) from nova_queue.extend_leased('doubt', array[3], array[1], 60) \g /dev/null
select is(nova_queue.release_unread(:f_epoch, 'doubt', array[1]::bigint[]), 1::bigint,
          'all but what is held is given back');
select results_eq($$select msg_id, read_ct from nova_queue.read('doubt', 300, 10)$$, 'values (2::bigint, 2)',
                  'what waits for another try is not');
select is(nova_queue.release_unread(:f_epoch, 'doubt', '{}'), 1::bigint, 'what another reads by now is not');
select is(nova_queue.release_reader(:f_epoch), 0::bigint, 'and then nothing is the reader''s');
select * from finish();
