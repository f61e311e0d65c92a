-- Of two that believe to list a backfill, the one with the older token changes nothing.
set client_min_messages = warning;
select plan(9);
insert into flux_inboxes (id, email, grant_id) values ('00000000-0000-0000-0000-00000000000a', 'ann@example.com', 'g1');
select queue_inbox_backfill('00000000-0000-0000-0000-00000000000a', now() - interval '6 days', now()) \g /dev/null
select id as c from flux_inbox_configurations \gset
select is((select count(*) from nova.begin_discovery_as(7, :'c')), 1::bigint, 'the holder of a lease begins');
select id as w from backfill_windows \gset
select results_eq(format($$select inserted from nova.record_page_as(7, %L, %s, '', 'c1', array['t1'], array[1])$$, :'c', :w), 'values (1::bigint)', 'and records a page');
select is((select count(*) from nova.begin_discovery_as(9, :'c')), 1::bigint, 'the next holder goes on');
select throws_ok(format($$select nova.record_page_as(7, %L, %s, 'c1', 'c2', array['t2'], array[1])$$, :'c', :w), 'NV009', null, 'the first is refused: a page');
select throws_ok(format($$select nova.begin_discovery_as(7, %L)$$, :'c'), 'NV009', null, 'a new beginning');
select throws_ok(format($$select nova.fail_discovery_as(7, %L, 'x')$$, :'c'), 'NV009', null, 'and a failure');
select is((select cursor || ' ' || (select count(*) from queued_threads) from backfill_windows), 'c1 1', 'nothing of it is there');
select results_eq(format($$select inserted from nova.record_page_as(9, %L, %s, 'c1', '', array['t2'], array[1])$$, :'c', :w), 'values (1::bigint)', 'the second is not');
select is((select backfill_status || ' ' || attempts from flux_inbox_configurations), 'thread_sync 0', 'and ends discovery');
select * from finish();
