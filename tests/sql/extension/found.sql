-- The extension is there: Nova uses it and changes nothing of it.
set client_min_messages = warning;
select plan(12);
select has_extension('pgmq');
select is(nova_queue.pgmq_origin(), 'extension', 'it is what is used');
select is_empty($$select p.oid::regprocedure from pg_proc p
                   where pronamespace = 'pgmq'::regnamespace
                     and not exists (select from pg_depend where objid = p.oid and deptype = 'e')$$,
                'nothing is added to its schema');
select set_eq('select queue_name::text from pgmq.list_queues()',
              array['nylas_webhook_notifications', 'inbox_backfill_jobs', 'thread_sync_jobs'], 'the queues exist');
select is(flux_pgmq_send('thread_sync_jobs', '{"n": 1}'), 1::bigint, 'flux_pgmq_send');
select is((select count(*) from flux_pgmq_read('thread_sync_jobs', 0, 5)), 1::bigint, 'flux_pgmq_read');
select results_eq($$select msg_id, read_ct, message from nova_queue.read('thread_sync_jobs', 30, 5)$$,
                  $$values (1::bigint, 2, '{"n": 1}'::jsonb)$$, 'our reader');
select results_eq($$select accepted
                      from nova_queue.archive_leased('thread_sync_jobs', array[1]::bigint[], array[2], 'done')$$,
                  array[true], 'our acknowledgement');
select is((select headers from pgmq.a_thread_sync_jobs), '{"nova_reason": "done"}'::jsonb, 'with its reason');
select is((select archived from nova_queue.metrics('thread_sync_jobs')), 1::bigint, 'our figures');
select is((select count(*) from pg_trigger where tgname = 'nova_wake'), 3::bigint, 'our queues wake their readers');
select has_index('pgmq', 'q_thread_sync_jobs', 'q_thread_sync_jobs_vt_idx', 'its layout is as it was');
select * from finish();
