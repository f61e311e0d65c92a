-- Who may do what.
set client_min_messages = warning;
select plan(22);
select pgmq.create('mine');
select pgmq.send('mine', '1');
select ok(has_table_privilege('pg_monitor', 'pgmq.q_mine', 'select'), 'pg_monitor may look at queues that came later');
select ok(has_sequence_privilege('pg_monitor', 'pgmq.q_mine_msg_id_seq', 'select'), 'and at their sequences');
select ok(has_table_privilege('pg_monitor', 'pgmq.meta', 'select'), 'and at the list');
select ok(not has_schema_privilege('anon', 'pgmq', 'usage'), 'anon cannot reach pgmq');
select ok(not has_schema_privilege('authenticated', 'pgmq_public', 'usage'), 'authenticated cannot reach pgmq_public');
select is_empty($$select p.oid::regprocedure from pg_proc p
                   where pronamespace::regnamespace::text in ('pgmq_public', 'nova_queue')
                     and has_function_privilege('anon', p.oid, 'execute')$$, 'no function of ours is for everybody');
select is_empty($$select p.oid::regprocedure from pg_proc p
                   where proname ~ '^flux_pgmq'
                     and (has_function_privilege('anon', p.oid, 'execute')
                          or has_function_privilege('authenticated', p.oid, 'execute'))$$, 'nor one of the flux_pgmq');
select is_empty($$select p.oid::regprocedure from pg_proc p
                   where proname ~ '^flux_pgmq' and not has_function_privilege('service_role', p.oid, 'execute')$$,
                'which service_role may call');

set role service_role;
select pgmq_public.send('mine', '{"n": 2}', 0) as sent \gset
select array_agg(x) as batch from pgmq_public.send_batch('mine', array['3', '4']::jsonb[]) x \gset
select array_agg(msg_id) as read from pgmq_public.read('mine', 30, 2) \gset
select msg_id as popped from pgmq_public.pop('mine') \gset
select pgmq_public.archive('mine', 1) as archived \gset
select pgmq_public.delete(queue_name := 'mine', message_id := 2) as deleted \gset
select array_agg(accepted) as leased from nova_queue.delete_leased('mine', array[4]::bigint[], array[0]) \gset
select public.flux_pgmq_send('mine', '5') as flux \gset
select count(*) as own_read from nova_queue.read('mine', 30, 5) \gset
reset role;
select is(:sent, 2, 'service_role sends');
select is(:'batch'::bigint[], array[3, 4]::bigint[], 'sends a batch');
select is(:'read'::bigint[], array[1, 2]::bigint[], 'reads');
select is(:popped, 3, 'pops');
select is(:'archived'::boolean, true, 'archives');
select is(:'deleted'::boolean, true, 'deletes');
select is(:'leased'::boolean[], array[true], 'acknowledges with a token');
select is(:flux, 5, 'and sends by the document''s function');
select is(:own_read, 1, 'and reads by ours');

create role narrow;
select nova_queue.expose_queue('mine', 'narrow');
select pgmq.create('theirs');
set role narrow;
select pgmq_public.send('mine', '{"n": 6}') as sent \gset
select count(*) as read from pgmq_public.read('mine', 30, 5) \gset
select pgmq_public.archive('mine', 6) as archived \gset
select array_length(array(select pgmq_public.send_batch('mine', array['7', '8', '9', '10']::jsonb[])), 1) as batch,
       (select total_messages from pgmq.metrics('mine')) as total \gset
select count(*) as put_off from pgmq.set_vt('mine', 7, 0) \gset
select count(*) as polled from pgmq.read_with_poll('mine', 0, 10, 1, 100) \gset
select msg_id as popped from pgmq_public.pop('mine') \gset
select pgmq_public.delete('mine', 8) as deleted, pgmq.archive('mine', 9) as archived_too,
       pgmq.purge_queue('mine') as purged \gset
reset role;
select is(array[:batch, :total, :put_off, :polled, :popped, :purged], array[4, 10, 1, 4, 7, 2],
          'each function of one queue works');
select is(array[:'deleted', :'archived_too'], array['t', 't'], 'and deletes and archives');
select is(array[:sent, :read], array[6, 1], 'a role to which a queue was exposed uses it');
select is(:'archived'::boolean, true, 'and archives');
select ok(not has_table_privilege('narrow', 'pgmq.q_theirs', 'select'), 'and no other queue');
select * from finish();
