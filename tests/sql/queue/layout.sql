-- The objects of pgmq 1.5.1 that clients rely on: tables, types, and each function's exact signature.
select plan(15);
select columns_are('pgmq', 'meta', array['queue_name', 'is_partitioned', 'is_unlogged', 'created_at']);
select pgmq.create('layout');
select results_eq(
  $$select attname::text collate "default", format_type(atttypid, atttypmod), attnotnull from pg_attribute
     where attrelid = 'pgmq.q_layout'::regclass and attnum > 0 order by attnum$$,
  $$values ('msg_id', 'bigint', true), ('read_ct', 'integer', true), ('enqueued_at', 'timestamp with time zone', true),
           ('vt', 'timestamp with time zone', true), ('message', 'jsonb', false), ('headers', 'jsonb', false)$$,
  'a queue table has the columns of 1.5');
select results_eq($$select attname::text collate "default" from pg_attribute
                     where attrelid = 'pgmq.a_layout'::regclass and attnum > 0 order by attnum$$,
                  array['msg_id', 'read_ct', 'enqueued_at', 'archived_at', 'vt', 'message', 'headers'],
                  'an archive table has archived_at too');
select col_is_pk('pgmq', 'q_layout', 'msg_id', 'msg_id is the key');
select has_index('pgmq', 'q_layout', 'q_layout_vt_idx', array['vt'], 'vt is indexed');
select has_index('pgmq', 'a_layout', 'archived_at_idx_layout', array['archived_at'], 'archived_at is indexed');
select is((select attidentity from pg_attribute where attrelid = 'pgmq.q_layout'::regclass and attname = 'msg_id'),
          'a'::"char", 'msg_id is generated always');
select has_sequence('pgmq', 'q_layout_msg_id_seq', 'clients read the sequence by its name');

select results_eq($$select attname::text collate "default" from pg_attribute
                     where attrelid = 'pgmq.message_record'::regclass order by attnum$$,
                  array['msg_id', 'read_ct', 'enqueued_at', 'vt', 'message', 'headers'], 'message_record');
select results_eq($$select attname::text collate "default" from pg_attribute
                     where attrelid = 'pgmq.metrics_result'::regclass order by attnum$$,
                  array['queue_name', 'queue_length', 'newest_msg_age_sec', 'oldest_msg_age_sec', 'total_messages',
                        'scrape_time', 'queue_visible_length'], 'metrics_result');
select results_eq($$select attname::text collate "default" from pg_attribute
                     where attrelid = 'pgmq.queue_record'::regclass order by attnum$$,
                  array['queue_name', 'is_partitioned', 'is_unlogged', 'created_at'], 'queue_record');

select bag_eq($$select p.proname || '(' || pg_get_function_arguments(p.oid) || ') ' || pg_get_function_result(p.oid)
                  from pg_proc p where pronamespace = 'pgmq'::regnamespace and proname !~ '^_'$$,
  array['create(queue_name text) void', 'create_non_partitioned(queue_name text) void',
        'create_unlogged(queue_name text) void',
        $$create_partitioned(queue_name text, partition_interval text DEFAULT '10000'::text, $$
        || $$retention_interval text DEFAULT '100000'::text) void$$,
        $$convert_archive_partitioned(table_name text, partition_interval text DEFAULT '10000'::text, $$
        || $$retention_interval text DEFAULT '100000'::text, leading_partition integer DEFAULT 10) void$$,
        'drop_queue(queue_name text) boolean', 'drop_queue(queue_name text, partitioned boolean) boolean',
        'detach_archive(queue_name text) void', 'list_queues() SETOF pgmq.queue_record',
        'validate_queue_name(queue_name text) void', 'format_table_name(queue_name text, prefix text) text',
        'acquire_queue_lock(queue_name text) void', 'send(queue_name text, msg jsonb) SETOF bigint',
        'send(queue_name text, msg jsonb, headers jsonb) SETOF bigint',
        'send(queue_name text, msg jsonb, delay integer) SETOF bigint',
        'send(queue_name text, msg jsonb, delay timestamp with time zone) SETOF bigint',
        'send(queue_name text, msg jsonb, headers jsonb, delay integer) SETOF bigint',
        'send(queue_name text, msg jsonb, headers jsonb, delay timestamp with time zone) SETOF bigint',
        'send_batch(queue_name text, msgs jsonb[]) SETOF bigint',
        'send_batch(queue_name text, msgs jsonb[], headers jsonb[]) SETOF bigint',
        'send_batch(queue_name text, msgs jsonb[], delay integer) SETOF bigint',
        'send_batch(queue_name text, msgs jsonb[], delay timestamp with time zone) SETOF bigint',
        'send_batch(queue_name text, msgs jsonb[], headers jsonb[], delay integer) SETOF bigint',
        'send_batch(queue_name text, msgs jsonb[], headers jsonb[], delay timestamp with time zone) SETOF bigint',
        $$read(queue_name text, vt integer, qty integer, conditional jsonb DEFAULT '{}'::jsonb) $$
        || 'SETOF pgmq.message_record',
        $$read_with_poll(queue_name text, vt integer, qty integer, max_poll_seconds integer DEFAULT 5, $$
        || $$poll_interval_ms integer DEFAULT 100, conditional jsonb DEFAULT '{}'::jsonb) $$
        || 'SETOF pgmq.message_record',
        'pop(queue_name text) SETOF pgmq.message_record',
        'set_vt(queue_name text, msg_id bigint, vt integer) SETOF pgmq.message_record',
        'delete(queue_name text, msg_id bigint) boolean', 'delete(queue_name text, msg_ids bigint[]) SETOF bigint',
        'archive(queue_name text, msg_id bigint) boolean', 'archive(queue_name text, msg_ids bigint[]) SETOF bigint',
        'purge_queue(queue_name text) bigint', 'metrics(queue_name text) pgmq.metrics_result',
        'metrics_all() SETOF pgmq.metrics_result'],
  'every function has the signature of 1.5.1, and there are no others');

select is_empty($$select p.oid::regprocedure from pg_proc p join pg_namespace n on n.oid = p.pronamespace
                   where nspname in ('pgmq', 'pgmq_public', 'nova_queue')
                     and not 'search_path=pg_catalog, pg_temp' = any (coalesce(proconfig, '{}'))$$,
                'every function has a fixed search_path');
select is_empty($$select p.oid::regprocedure from pg_proc p join pg_namespace n on n.oid = p.pronamespace
                   where (nspname in ('pgmq', 'pgmq_public', 'nova_queue') or proname ~ '^flux_pgmq')
                     and obj_description(p.oid, 'pg_proc') is null$$, 'every function has a comment');
select matches(obj_description('pgmq'::regnamespace, 'pg_namespace'), 'pgmq_compat = 1.5$',
               'the schema says whose shape it has');
select * from finish();
