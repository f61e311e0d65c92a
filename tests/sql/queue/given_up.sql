-- Messages that their readers gave up.
set client_min_messages = warning;
select plan(9);
select pgmq.create('mine');
select pgmq.create('other');
select pgmq.send('mine', to_jsonb(n)) from generate_series(1, 4) n;
select pgmq.send('other', '"x"');
select array_agg(msg_id) as ids, array_agg(read_ct) as cts from pgmq.read('mine', 30, 3) \gset
select nova_queue.archive_leased('mine', :'ids', :'cts', 'not a job');
select pgmq.archive('mine', 4);
select results_eq($$select queue_name, msg_id, reason, message from nova_queue.given_up() order by msg_id$$,
                  $$values ('mine', 1::bigint, 'not a job', '1'::jsonb), ('mine', 2, 'not a job', '2'),
                           ('mine', 3, 'not a job', '3')$$, 'what was archived with a reason is told');
select is_empty($$select from nova_queue.given_up('other')$$, 'of one queue alone');
select is((select count(*) from nova_queue.given_up('MINE', 2)), 2::bigint, 'the newest of them');
select is(nova_queue.send_again('mine', '{1}'), 1::bigint, 'one is sent again');
select is((select array_agg(msg_id) from pgmq.read('mine', 30, 10)), '{1}', 'under its id, at once');
select is(nova_queue.dismiss('mine', '{2}'), 1::bigint, 'one is known');
select is((select array_agg(msg_id) from nova_queue.given_up()), '{3}', 'and told no more');
select is(nova_queue.dismiss('mine'), 1::bigint, 'so are all others');
select is((select count(*) from pgmq.a_mine), 3::bigint, 'they stay in the archive');
select * from finish();
