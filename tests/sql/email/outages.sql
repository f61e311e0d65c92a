-- What is away is left alone, and failed threads come again.
set client_min_messages = warning;
select plan(9);
insert into flux_inboxes (email, grant_id, provider)
values ('ann@example.com', 'g1', 'nylas'), ('bob@example.com', 'g2', 'nylas');
select queue_inbox_backfill(id) from flux_inboxes where grant_id = 'g1' \gset a_
select queue_inbox_backfill(id) from flux_inboxes where grant_id = 'g2' \gset b_
select transition_to_thread_sync(:'a_queue_inbox_backfill'), transition_to_thread_sync(:'b_queue_inbox_backfill');
insert into queued_threads (config_id, thread_id)
values (:'a_queue_inbox_backfill', 't1'), (:'b_queue_inbox_backfill', 't2');

insert into nova.provider_outages (scope, subject) values ('grant', 'g1'), ('network', 'n1');
select results_eq($$select thread_id from nova.claim_threads('n2', 1, 10)$$, array['t2'],
                  'no thread of a mailbox that is away is claimed');
update flux_inboxes set status = 'auth_expired' where grant_id = 'g1';
select is((select string_agg(subject, ' ') from nova.provider_outages), 'n1',
          'an inbox whose status changes is looked at anew');
update flux_inboxes set status = 'active' where grant_id = 'g1';
select results_eq($$select thread_id from nova.claim_threads('n2', 1, 10)$$, array['t1'],
                  'and its threads are claimed again');

select fail_threads
  from nova.fail_threads(array[:'a_queue_inbox_backfill']::uuid[], array['t1'],
                         (select array_agg(claim_token) from queued_threads where thread_id = 't1'), array['403'],
                         array[true], array[false], array[0]::bigint[]) \gset
select is((select status || ' ' || (next_attempt_at - now() between '23 h' and '24 h') from queued_threads
            where thread_id = 't1'), 'failed true', 'what failed is due again after a day');
select is(nova.revisit_threads(10), 0::bigint, 'not before');
update queued_threads set next_attempt_at = now() where thread_id = 't1';
select is(nova.revisit_threads(10), 1::bigint, 'then it is queued');
select is((select concat_ws(' ', status, attempts, revisits) from queued_threads where thread_id = 't1'), 'queued 4 1',
          'for one attempt');
update queued_threads set status = 'failed', revisits = 2, next_attempt_at = 'infinity' where thread_id = 't1';
select is(nova.revisit_threads(10), 0::bigint, 'and after the second time never more');
update queued_threads set revisits = 0, next_attempt_at = now() where thread_id = 't1';
select nova.move_backfill(:'a_queue_inbox_backfill', 'cancelled', 'test') \gset
select is(nova.revisit_threads(10), 0::bigint, 'nor in a backfill that was cancelled');
select * from finish();
