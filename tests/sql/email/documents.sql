-- What documents 000 and 003 print about the email service's tables, word for word. Their placeholders 'config-id' are
-- no uuid and are replaced by a real id; everything else runs as it stands.
set client_min_messages = warning;
select plan(24);

insert into flux_inboxes (id, email, grant_id) values ('00000000-0000-0000-0000-00000000000a', 'ann@example.com', 'g1');
insert into flux_inbox_configurations (id, inbox_id, backfill_start, backfill_end)
values ('00000000-0000-0000-0000-0000000000c1', '00000000-0000-0000-0000-00000000000a', now() - interval '1 day',
        now()),
       ('00000000-0000-0000-0000-0000000000c2', '00000000-0000-0000-0000-00000000000a', now() - interval '1 day',
        now());
select nova.move_backfill('00000000-0000-0000-0000-0000000000c1', 'pending', 'test') is null as moved \gset
select count(*) as windows from nova.begin_discovery(0, '00000000-0000-0000-0000-0000000000c1') \gset

-- Check Sync Progress
select lives_ok($$SELECT * FROM get_sync_progress('config-id-here')$$,
                'the progress of an unknown id is asked without an error');
select is_empty($$SELECT * FROM get_sync_progress('config-id-here')$$, 'and is no row');
select is((select backfill_status from get_sync_progress('00000000-0000-0000-0000-0000000000c1')), 'discovering',
          'a literal id finds its row');
select is((select backfill_status from get_sync_progress('00000000-0000-0000-0000-0000000000c1'::uuid)), 'discovering',
          'a uuid too');

-- Monitor Active Syncs
prepare active_syncs as
SELECT 
  config_id,
  backfill_status,
  threads_queued,
  threads_completed,
  threads_processing,
  threads_failed,
  messages_synced,
  ROUND((threads_completed::NUMERIC / threads_queued) * 100, 2) as percent_complete
FROM inbox_sync_stats
WHERE sync_completed_at IS NULL;
select lives_ok('active_syncs', 'active syncs are listed before there is a thread: nothing is divided by zero');
insert into queued_threads (config_id, thread_id, latest_message_at)
select '00000000-0000-0000-0000-0000000000c1', 't' || i, to_timestamp(i) from generate_series(1, 4) i;
select count(*) from nova.claim_threads('n', 1, 3) \g /dev/null
select * from nova.finish_threads(array['00000000-0000-0000-0000-0000000000c1']::uuid[], array['t4'],
  array[(select claim_token from queued_threads where thread_id = 't4')], array[12]) \g /dev/null
select *
  from nova.fail_threads(array['00000000-0000-0000-0000-0000000000c1']::uuid[], array['t3'],
                         array[(select claim_token from queued_threads where thread_id = 't3')], array['gone'],
                         array[true], array[false], array[0]) \g /dev/null
select set_eq('active_syncs',
              $$values
                ('00000000-0000-0000-0000-0000000000c1'::uuid, 'discovering', 4::bigint, 1::bigint, 1::bigint,
                 1::bigint, 12::bigint, 25.00),
                ('00000000-0000-0000-0000-0000000000c2', 'idle', null, 0, 0, 0, 0, null)$$,
              'active syncs count the rows of queued_threads');

-- Check Recent Webhook Activity
select queue_nylas_webhook_notification('n1', 'message.created', '{"data": {"object": {"grant_id": "g1"}}}') as n1,
       queue_nylas_webhook_notification('n2', 'message.created', '{}', 'g1') as n2,
       queue_nylas_webhook_notification('n3', 'grant.expired', '{}', 'g1') as n3 \gset
select acknowledge_webhook_notification('n1', 'processed', null, 100) as n1,
       acknowledge_webhook_notification('n2', 'processed', p_processing_duration_ms => 300) as n2,
       acknowledge_webhook_notification('n3', 'error', 'no such inbox', 5) as n3 \gset
prepare webhook_activity as
SELECT 
  notification_type,
  status,
  COUNT(*),
  AVG(processing_duration_ms) as avg_duration_ms
FROM flux_webhook_notifications
WHERE received_at > NOW() - INTERVAL '1 hour'
GROUP BY notification_type, status;
select set_eq('webhook_activity',
              $$values ('message.created', 'processed', 2::bigint, 200::numeric), ('grant.expired', 'error', 1, 5)$$,
              'recent webhook activity');
select is((select grant_id from flux_webhook_notifications where notification_id = 'n1'), 'g1',
          'the grant is taken from the payload');

-- Check Failed Operations
prepare failed_webhooks as
SELECT * FROM flux_webhook_notifications 
WHERE status = 'error'
ORDER BY received_at DESC 
LIMIT 10;
select lives_ok('failed_webhooks', 'failed webhooks');
prepare failed_threads as
SELECT * FROM queued_threads
WHERE status = 'failed'
ORDER BY processed_at DESC
LIMIT 10;
select lives_ok('failed_threads', 'failed threads');
select results_eq($$select thread_id, error_message, processed_at is not null from queued_threads
                     where status = 'failed'$$, $$values ('t3' collate "C", 'gone', true)$$,
                  'a failed thread has its reason and its time');

-- Messages failing repeatedly
prepare failing as
SELECT error_message, COUNT(*)
FROM flux_webhook_notifications
WHERE status = 'error'
  AND received_at > NOW() - INTERVAL '24 hours'
GROUP BY error_message;
select results_eq('failing', $$values ('no such inbox', 1::bigint)$$, 'what fails repeatedly, by reason');

-- Backfill stuck
prepare stuck as
SELECT 
  backfill_status,
  backfill_started_at,
  backfill_progress
FROM flux_inbox_configurations
WHERE id = '00000000-0000-0000-0000-0000000000c1';
select lives_ok('stuck', 'the status of a backfill');
select bag_eq($$select jsonb_object_keys(backfill_progress) from flux_inbox_configurations
                 where id = '00000000-0000-0000-0000-0000000000c2'$$,
              $$values ('threads_queued'), ('threads_completed'), ('threads_failed'), ('total_messages_synced'),
                       ('checkpoint')$$, 'backfill_progress has its keys from the start');
prepare by_status as
SELECT status, COUNT(*)
FROM queued_threads
WHERE config_id = '00000000-0000-0000-0000-0000000000c1'
GROUP BY status;
select set_eq('by_status', $$values ('queued', 1::bigint), ('processing', 1), ('completed', 1), ('failed', 1)$$,
              'its threads by status');

-- Document 000: Monitoring Progress
prepare progress as
SELECT 
  id,
  backfill_status,
  backfill_progress->>'threads_queued' as threads_queued,
  backfill_progress->>'threads_completed' as threads_completed,
  backfill_progress->>'total_messages_synced' as total_messages,
  backfill_started_at,
  backfill_completed_at
FROM support_inbox_configurations
WHERE backfill_status IN ('in_progress', 'completed');
select results_eq('progress',
                  $$select id, 'in_progress', '4', '1', '12', backfill_started_at, null::timestamptz
                      from flux_inbox_configurations where id = '00000000-0000-0000-0000-0000000000c1'$$,
                  'a running backfill is in_progress, with live counts');

-- Document 000: acknowledge_thread_job tracks completion
select is(transition_to_thread_sync('00000000-0000-0000-0000-0000000000c1'), true, 'transition_to_thread_sync');
select pgmq.send('thread_sync_jobs', '{}') as msg \gset
select is(acknowledge_thread_job(:msg, '00000000-0000-0000-0000-0000000000c1', 't1', 5), true,
          'a thread is acknowledged');
select is((select count(*) from pgmq.q_thread_sync_jobs), 0::bigint, 'its queue message is deleted');
select is(acknowledge_thread_job(:msg, '00000000-0000-0000-0000-0000000000c1', 't1', 5), false,
          'a second time it counts nothing');
select is((select backfill_progress->>'threads_completed' from flux_inbox_configurations
            where id = '00000000-0000-0000-0000-0000000000c1'), '2', 'backfill_progress follows at once');
select is((select backfill_status from flux_inbox_configurations where id = '00000000-0000-0000-0000-0000000000c1'),
          'thread_sync', 'one thread is left');
select is(acknowledge_thread_job(null, '00000000-0000-0000-0000-0000000000c1', 't2', 1), true, 'the last thread');
select results_eq('progress',
                  $$select id, 'completed', '4', '3', '18', backfill_started_at, backfill_completed_at
                      from flux_inbox_configurations
                     where id = '00000000-0000-0000-0000-0000000000c1' and backfill_completed_at is not null$$,
                  'completes the backfill');

select * from finish();
