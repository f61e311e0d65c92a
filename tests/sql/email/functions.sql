-- The documents' functions, as other programs call them.
set client_min_messages = warning;
select plan(43);

insert into flux_inboxes (id, email, grant_id) values ('00000000-0000-0000-0000-00000000000a', 'ann@example.com', 'g1'),
  ('00000000-0000-0000-0000-00000000000b', 'bob@example.com', 'g2');

-- queue_inbox_backfill
select throws_ok($$select queue_inbox_backfill('00000000-0000-0000-0000-000000000000', now() - interval '1 day',
                                               now())$$, 'NV001', null, 'an unknown inbox');
select throws_ok($$select queue_inbox_backfill(null)$$, 'NV001', null, 'no inbox');
select throws_ok($$select queue_inbox_backfill('00000000-0000-0000-0000-00000000000a', now(),
                                               now() - interval '1 day')$$, 'NV002', null, 'an end before the start');
select throws_ok($$select queue_inbox_backfill('00000000-0000-0000-0000-00000000000a', now() - interval '1 day',
                                               null)$$, 'NV002', null, 'no end');
select throws_ok($$select queue_inbox_backfill('00000000-0000-0000-0000-00000000000a', now() - interval '13 months',
                                               now())$$, 'NV003', null, 'more than a year back');
select throws_ok($$select queue_inbox_backfill('00000000-0000-0000-0000-00000000000a', now() - interval '1 year 1 day',
                                               now())$$, 'NV003', null, 'a year and a day');
select lives_ok($$select queue_inbox_backfill('00000000-0000-0000-0000-00000000000a', now() - interval '1 year',
                                              now())$$, 'a year to the second is no refusal');
select throws_ok($$select queue_inbox_backfill('00000000-0000-0000-0000-00000000000a', now() - interval '1 day',
                                               now())$$, 'NV004', null, 'a second while one runs');
select throws_like($$select queue_inbox_backfill('00000000-0000-0000-0000-00000000000a', now() - interval '1 day',
                                                 now())$$, '%of inbox 00000000-0000-0000-0000-00000000000a is pending',
                   'the message names what runs');
select results_eq($$select message->>'config_id', message->>'inbox_id' from pgmq.q_inbox_backfill_jobs$$,
                  $$select id::text, inbox_id::text from flux_inbox_configurations$$,
                  'one job was sent, for the one configuration');
select id as c from flux_inbox_configurations \gset

-- insert_queued_thread_idempotent, initialize_sync_stats, transition_to_thread_sync
select is(insert_queued_thread_idempotent(:'c', 't1', now()), true, 'a thread is added');
select is(insert_queued_thread_idempotent(:'c', 't1', now()), false, 'once');
select is(insert_queued_thread_idempotent(p_config_id => :'c', p_thread_id => 't2'), true, 'its date may be unknown');
select throws_ok($$select insert_queued_thread_idempotent('00000000-0000-0000-0000-000000000000', 't1')$$, 'NV005',
                 null, 'an unknown backfill');
delete from inbox_sync_stats where config_id = :'c';
select lives_ok(format('select initialize_sync_stats(%L), initialize_sync_stats(%L)', :'c', :'c'),
                'initialize_sync_stats, twice');
select is((select threads_queued from inbox_sync_stats where config_id = :'c'), 2::bigint,
          'gives one row, which counts the threads that are there');
delete from queued_threads;
select insert_queued_thread_idempotent(:'c', 't' || i) from generate_series(1, 2) i \g /dev/null
select is(transition_to_thread_sync(:'c'), true, 'transition_to_thread_sync');
select is(transition_to_thread_sync(:'c'), false, 'once');
select is(nova.try_complete_backfill(:'c'), false, 'threads are left');

-- update_backfill_orchestration_progress
select is(update_backfill_orchestration_progress(:'c', '{"checkpoint": {"page": 3}, "threads_queued": 99}'),
  '{"checkpoint": {"page": 3}, "threads_queued": 2, "threads_completed": 0, "threads_failed": 0, '
  '"total_messages_synced": 0}'::jsonb, 'a checkpoint is kept, the counts are the rows''');
select throws_ok($$select update_backfill_orchestration_progress('00000000-0000-0000-0000-000000000000', '{}')$$,
                 'NV005', null, 'of an unknown backfill');

-- acknowledge_thread_job, queue_thread_sync
select is(acknowledge_thread_job(null, :'c', 't1', 3, false, 'broken'), true, 'a thread fails');
select is(acknowledge_thread_job(null, :'c', 't2', 3), true, 'the last one ends');
select is((select backfill_status from flux_inbox_configurations), 'completed', 'so the backfill is complete');
select is(queue_thread_sync(:'c', 't2'), 1::bigint, 'a thread is asked for again');
select is((select backfill_status from flux_inbox_configurations), 'thread_sync', 'which reopens the backfill');
select results_eq($$select message->>'config_id', message->>'thread_id', message->>'inbox_id', message->>'grant_id'
                      from pgmq.q_thread_sync_jobs$$,
                  format($$values (%L, 't2', '00000000-0000-0000-0000-00000000000a', 'g1')$$, :'c'),
                  'its job says all that a reader needs');
select is((select count(*) from nova.claim_threads('n', 1, 5)), 1::bigint, 'it can be claimed');
select is(queue_thread_sync(:'c', 't3', p_delay_seconds => 60), 2::bigint, 'with a delay');
select is((select count(*) from nova.claim_threads('n', 1, 5)), 0::bigint, 'it waits');
select nova.move_backfill(:'c', 'cancelled', 'test') \g /dev/null
select throws_ok(format('select queue_thread_sync(%L, %L)', :'c', 't4'), 'NV008', null,
                 'a cancelled backfill takes no more');
select throws_ok(format('select insert_queued_thread_idempotent(%L, %L)', :'c', 't4'), 'NV008', null, 'nor threads');

-- queue_nylas_webhook_notification, acknowledge_webhook_notification, get_webhook_metrics
select is(queue_nylas_webhook_notification('n1', 'message.created', '{}'), true, 'a notification is queued');
select is(queue_nylas_webhook_notification('n1', 'message.created', '{}'), false, 'once');
select is((select count(*) from pgmq.q_nylas_webhook_notifications), 1::bigint, 'as one message');
select is(acknowledge_webhook_notification('n1', 'error', 'no', 40,
                                           (select msg_id from pgmq.q_nylas_webhook_notifications)), true,
          'it ends in error');
select is((select count(*) from pgmq.a_nylas_webhook_notifications), 1::bigint, 'and is archived, not lost');
select is(acknowledge_webhook_notification('n9'), false, 'an unknown one');
select is(acknowledge_webhook_notification('n1', 'error', '', 40), true, 'an error without a word');
select is((select error_message from flux_webhook_notifications where notification_id = 'n1'), 'no reason was given',
          'has one, by which it is found');
select throws_ok($$select acknowledge_webhook_notification('n1', 'done')$$, '23514', null,
                 'a status that there is not');
select results_eq($$select notification_type, total, errors, duplicates, error_rate, avg_duration_ms, p95_duration_ms
                      from get_webhook_metrics(interval '1 hour')$$,
                  $$values ('message.created', 1::bigint, 1::bigint, 1::bigint, 100.00, 40.00, 40.00)$$,
                  'get_webhook_metrics');
update flux_webhook_notifications set received_at = now() - interval '2 hours';
select is_empty($$select * from get_webhook_metrics(time_window => '1 hour')$$, 'of the window only');

select * from finish();
