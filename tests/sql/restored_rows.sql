-- Rows of every system, some of them in the middle of something: what a dump of a living database has.
insert into flux_inboxes (id, email, grant_id) values ('00000000-0000-0000-0000-00000000000a', 'ann@example.com', 'g1');
select from nova.store_messages(array(select '00000000-0000-0000-0000-00000000000a'::uuid from generate_series(1, 5)),
  array(select 'm' || n from generate_series(1, 5) n), array(select 't1' from generate_series(1, 5)),
  array(select 'Subject ' || n from generate_series(1, 5) n), array(select 's' from generate_series(1, 5)),
  array(select 'A body of harbour' || n from generate_series(1, 5) n),
  array(select '[{"email":"bob@example.com","name":"Bob"}]' from generate_series(1, 5)),
  array(select '[]' from generate_series(1, 5)), array(select '[]' from generate_series(1, 5)),
  array(select '[]' from generate_series(1, 5)), array(select '[]' from generate_series(1, 5)),
  array(select '[]' from generate_series(1, 5)), array(select '[]' from generate_series(1, 5)),
  array(select '{}' from generate_series(1, 5)), array(select 1::bigint from generate_series(1, 5)),
  array(select false from generate_series(1, 5)), array(select false from generate_series(1, 5)),
  array(select 32767::smallint from generate_series(1, 5)),
  array(select n::text::bytea from generate_series(1, 5) n), array(select 'x'::bytea from generate_series(1, 5)),
  array(select 10::bigint from generate_series(1, 5)), array(select 11::bigint from generate_series(1, 5)),
  array(select 'backfill' from generate_series(1, 5)), array(select '' from generate_series(1, 5)));
select queue_inbox_backfill('00000000-0000-0000-0000-00000000000a', now() - interval '6 days') as config \gset
select insert_queued_thread_idempotent(:'config', 't1', now()), insert_queued_thread_idempotent(:'config', 't2', now());
select nova.plan_certifications();
select queue_nylas_webhook_notification('n1', 'message.created', '{"data": {"object": {"grant_id": "g1"}}}', 'g1');
select pgmq.create('orders');
select pgmq.send('orders', '{"order": 1}'), pgmq.send('orders', '{"order": 2}'), pgmq.send('orders', '{"order": 3}');
select count(*) from pgmq.read('orders', 60, 1);
select from pgmq.archive('orders', 2);
select id as node from nova.register_node('old', array['threads'], '1.0', lease => '1 hour') \gset
select count(*) from nova.take_lease('backfill', :node, '1 hour');
select count(*) from nova.set_setting('paused.threads', 'true', 'somebody');
select count(*) from messenger_send(array(select jsonb_build_object('type', 't', 'queue', 'q' || n % 3, 'body', n,
  'tenant_id', 'tenant' || n % 2, 'delay', case when n % 2 = 0 then '1 hour' else '0' end)
  from generate_series(1, 100) n));
select count(*) from messenger_claim('default', null, 'lost worker', 10, '1 hour');
insert into messenger_transports (name, type, max_running) values ('limited', 'supabase', 2);
select count(*) from messenger_send('t', p_transport => 'limited') s, messenger_claim('limited', null, 'lost worker');
insert into messenger_schedules (name, kind, cron, type) values ('nightly', 'cron', '0 3 * * *', 't');
insert into integration_configs (id, name, provider) values ('00000000-0000-0000-0000-00000000000b', 'crm', 'acme');
insert into integration_sync_configs (id, integration_id, stream, sync_mode)
values ('00000000-0000-0000-0000-00000000000c', '00000000-0000-0000-0000-00000000000b', 'contacts', 'incremental');
select count(*) from nova.start_sync('00000000-0000-0000-0000-00000000000c', 'lost worker', '1 hour');
insert into tenants (id, name, slug) values ('a', 'A', 'a');
insert into users (id, tenant_id, email) values ('u', 'a', 'u@example.org');
insert into conversations (id, tenant_id, user_id) values ('c', 'a', 'u');
insert into messages (id, conversation_id, role, content) values ('m', 'c', 'user', 'hi');
insert into feedback (message_id, user_id, rating) values ('m', 'u', 1);
insert into usage_metrics (tenant_id, user_id, total_messages) values ('a', 'u', 5);
refresh materialized view message_feedback_summary;
refresh materialized view monthly_usage_summary;
