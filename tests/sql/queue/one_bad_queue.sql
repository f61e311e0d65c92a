-- A queue that cannot be looked at hides no other.
set client_min_messages = error;
select plan(10);
select pgmq.create('good'), pgmq.create('gone'), pgmq.create('kunden_' || repeat('ü', 20)) \g /dev/null
select pgmq.send('good', '1') \g /dev/null
select pgmq.send('kunden_' || repeat('ü', 20), '1') \g /dev/null
select is((select total_messages from pgmq.metrics('kunden_' || repeat('ü', 20))), 1::bigint,
          'the longest name that there is has figures');
select is((select total_messages from nova_queue.metrics('kunden_' || repeat('ü', 20))), 1::bigint, 'our own too');
select lives_ok($$select nova_queue.expose_queue('kunden_' || repeat('ü', 20), 'service_role')$$, 'and can be exposed');

drop table pgmq.q_gone cascade;
insert into pgmq.meta (queue_name, is_partitioned, is_unlogged) values ('by;hand', false, false);
select is((select queue_length from pgmq.metrics_all() where queue_name = 'good'), 1::bigint,
          'metrics_all has the queues that are there');
select is_empty($$select from pgmq.metrics_all() where queue_name in ('gone', 'by;hand')$$, 'without the others');
select is((select queue_length from nova_queue.metrics() where queue_name = 'good'), 1::bigint,
          'so has nova_queue.metrics');
select results_eq($$select queue_name, queue_length, visible_length, oldest_age_sec from nova_queue.metrics()
                     where trouble is not null order by 1$$,
                  $$values ('by;hand', 0::bigint, 0::bigint, null::bigint), ('gone', 0, 0, null)$$,
                  'which names the others');
select matches((select trouble from nova_queue.metrics('gone')), 'q_gone', 'with the reason');
select is((select count(*) from nova_queue.metrics() where trouble is null),
          (select count(*) - 2 from pgmq.list_queues()), 'of those alone');
select from nova_queue.read('good', 60, 1, reader => 7) \g /dev/null
select is(nova_queue.release_reader(7), 1::bigint, 'and what a node that is gone had read is given back');
select * from finish();
