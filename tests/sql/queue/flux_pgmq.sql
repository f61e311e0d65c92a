-- What document 003 prints about queues, word for word, and its functions.
set client_min_messages = warning;
select plan(13);
prepare list as SELECT * FROM flux_pgmq_list_queues();
select set_has($$select queue_name from flux_pgmq_list_queues()$$,
               $$values ('nylas_webhook_notifications'), ('inbox_backfill_jobs'), ('thread_sync_jobs')$$,
               'the three queues exist');
select lives_ok('list', 'flux_pgmq_list_queues');
select lives_ok($$SELECT * FROM flux_pgmq_metrics('nylas_webhook_notifications')$$);
select lives_ok($$SELECT * FROM flux_pgmq_metrics('inbox_backfill_jobs')$$);
select lives_ok($$SELECT * FROM flux_pgmq_metrics('thread_sync_jobs')$$);
select is(flux_pgmq_send('thread_sync_jobs', '{"thread_id": "t1"}', 0), 1::bigint, 'flux_pgmq_send returns the id');
select is(flux_pgmq_send(queue_name := 'thread_sync_jobs', message := '{"thread_id": "t2"}', delay_seconds := 60),
          2::bigint, 'by the names of the document');
select is(flux_pgmq_send('thread_sync_jobs', '{"thread_id": "t3"}'), 3::bigint, 'the delay may be left out');
select results_eq($$select msg_id, read_ct, message
                      from flux_pgmq_read(queue_name := 'thread_sync_jobs', visibility_timeout := 300, qty := 10)$$,
                  $$values (1::bigint, 1, '{"thread_id": "t1"}'::jsonb), (3, 1, '{"thread_id": "t3"}')$$,
                  'flux_pgmq_read leases messages');
select is_empty($$select * from flux_pgmq_read('thread_sync_jobs', 300, 10)$$, 'for the visibility timeout');
select is(flux_pgmq_delete('thread_sync_jobs', 1), true, 'flux_pgmq_delete');
select is(flux_pgmq_delete(queue_name := 'thread_sync_jobs', message_id := 1), false, 'says whether it was there');
select results_eq($$select queue_name, queue_length, total_messages, queue_visible_length
                      from flux_pgmq_metrics('thread_sync_jobs')$$,
                  $$values ('thread_sync_jobs', 2::bigint, 3::bigint, 0::bigint)$$, 'flux_pgmq_metrics');
select * from finish();
