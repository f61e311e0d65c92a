-- Retry with backoff, failed messages, rescue, replay, upkeep, batches.
set client_min_messages = warning;
select plan(53);

create procedure pg_temp.claim() language plpgsql as $$
begin
  update nova.messenger_delayed set due_at = clock_timestamp();
  perform from public.messenger_claim('default', null, 'w1', 100);
end
$$;
create function pg_temp.fail(p_message text, p_class text default null, p_verdict text default null,
                             p_after interval default null)
returns text
language sql as $$
  select f.outcome
    from messenger_messages m,
         messenger_fail(array[m.id], array[m.token], array[p_message], array[p_class], array[p_verdict],
                        array[p_after]) f
   where m.status = 'processing'
$$;

-- Backoff
select is(nova.messenger_backoff(1, '1 second', 2, '1 hour'), '1 second', 'the first pause');
select is(nova.messenger_backoff(4, '1 second', 2, '1 hour'), '8 seconds', 'doubles');
select is(nova.messenger_backoff(1000, '1 second', 2, '1 hour'), '1 hour', 'up to a limit, and overflows nothing');
select is(nova.messenger_backoff(2000000000, '1 second', 1000, '1 hour'), '1 hour', 'however often');
select is(nova.messenger_backoff(5, '1 second', 1, '1 hour'), '1 second', 'a multiplier of one');
select is(nova.messenger_backoff(5, '0', 2, '1 hour'), '0', 'no pause at all');
select is(nova.messenger_backoff(9, '2 hours', 2, '1 hour'), '1 hour', 'a first pause above the limit');
select ok((select bool_and(b between '9 seconds' and '11 seconds') and count(distinct b) > 50
             from (select nova.messenger_backoff(1, '10 seconds', 2, '1 hour', 0.1) as b
                     from generate_series(1, 100)) s), 'jitter is up to a tenth more or less');

-- Retry and move
select id from messenger_send('job', '{"n": 1}', '{"h": 2}', p_idempotency_key => 'key') \gset
call pg_temp.claim();
select is(pg_temp.fail('no route 17', 'net_error'), 'retrying', 'the first failure is retried');
select results_eq('select status, attempts, last_error, locked_until from messenger_messages',
                  $$values ('pending', 1, 'no route 17', null::timestamptz)$$, 'and noted');
select ok((select available_at - updated_at between '0.85 s' and '1.15 s' from messenger_messages),
          'after a second, about');
select is((select count(*) from messenger_claim('default', null, 'w', 1)), 0::bigint, 'not before');
call pg_temp.claim();
select is(pg_temp.fail('no route 18', 'net_error', null, '7 hours'), 'retrying', 'the second too');
select ok((select available_at - updated_at between '6.9 h' and '7.1 h' from messenger_messages),
          'when the handler says');
call pg_temp.claim();
select is(pg_temp.fail('no route 19', 'net_error'), 'failed', 'the third is the last');
select is((select count(*) from messenger_messages), 0::bigint, 'the message is not in two places');
select results_eq($$select message_id, type, body, headers, attempts, deliveries, error_class, error_message, worker,
                           idempotency_key
                      from messenger_failed_messages$$,
                  format($$values (%s::bigint, 'job', '{"n": 1}'::jsonb, '{"h": 2}'::jsonb, 3, 3, 'net_error',
                                   'no route 19', 'w1', 'key')$$, :id), 'whole, with the last error');
select results_eq($$select e ->> 'attempt', e ->> 'message', e ->> 'class', e ->> 'worker'
                      from messenger_failed_messages, jsonb_array_elements(errors) e$$,
                  $$values ('1', 'no route 17', 'net_error', 'w1'), ('2', 'no route 18', 'net_error', 'w1'),
                           ('3', 'no route 19', 'net_error', 'w1')$$, 'and the history');
select count(*) from messenger_send(array['{"type": "job"}', '{"type": "job"}']::jsonb[]) \g /dev/null
call pg_temp.claim();
select is((select string_agg(f.outcome, ' ')
             from (select array_agg(id) as ids, array_agg(token) as tokens from messenger_messages) m,
                  messenger_fail(m.ids, m.tokens, array['no route 4', 'strange'], array['net_error', 'net_error'],
                                 array['unrecoverable', 'unrecoverable']) f), 'failed failed',
          'unrecoverable: at once');
select results_eq($$select failed_count, last_error from messenger_failed_summary order by 1 desc$$,
                  $$values (2::bigint, 'no route 4'), (1, 'strange')$$,
                  'failures that differ in numbers only are one row of the summary');
insert into messenger_messages (type, max_attempts) values ('stubborn', 1);
call pg_temp.claim();
select is(pg_temp.fail('x', null, 'recoverable'), 'retrying', 'recoverable: also beyond the maximum');
call pg_temp.claim();
select is(pg_temp.fail('x'), 'failed', 'the maximum of the message');
select throws_ok($$select messenger_fail(array[1], array[1], array['x'], null, array['maybe'])$$, '22023', null,
                 'an unknown verdict');
insert into messenger_transports (name, type, max_attempts, retry_delay, retry_by_type)
values ('default', 'supabase', 5, '1 minute',
        '{"fragile": {"max_attempts": 1}, "slow": {"delay_ms": 3600000, "jitter": 0}}');
select count(*)
  from messenger_send(array['{"type": "fragile"}', '{"type": "slow"}', '{"type": "other"}']::jsonb[]) \g /dev/null
call pg_temp.claim();
select is((select string_agg(m.type || ' ' || f.outcome, ' ' order by m.id)
             from messenger_messages m, messenger_fail(array[m.id], array[m.token], array['x']) f),
          'fragile failed slow retrying other retrying', 'a type has its own rules');
select ok((select available_at - updated_at > '59 min' from messenger_messages where type = 'slow'), 'its own pause');
select ok((select available_at - updated_at between '53 s' and '67 s' from messenger_messages where type = 'other'),
          'or that of the transport');
select throws_ok($$update messenger_transports set retry_by_type = '{"x": {"max_attempts": 0}}'$$, 'NM003', null,
                 'rules are checked');
delete from messenger_transports;
truncate messenger_messages;

-- History is bounded
insert into messenger_messages (type) values ('long');
do $$ begin for i in 1..25 loop
  call pg_temp.claim();
  perform pg_temp.fail('error ' || i, null, 'recoverable');
end loop; end $$;
select results_eq($$select jsonb_array_length(errors), errors -> 0 ->> 'message', errors -> 19 ->> 'message'
                      from messenger_messages$$, $$values (20, 'error 6', 'error 25')$$,
                  'the newest 20 failures are kept');
truncate messenger_messages, messenger_failed_messages;

-- Rescue
select count(*) from messenger_send(array['{"type": "a"}', '{"type": "b"}']::jsonb[]) \g /dev/null
call pg_temp.claim();
select is((select count(*) from messenger_rescue()), 0::bigint, 'nothing is rescued in its time');
update messenger_messages set locked_until = now() - interval '1 second';
update nova.messenger_claims set locked_until = now() - interval '1 second';
select results_eq('select outcome from messenger_rescue()', $$values ('released'), ('released')$$,
                  'after it everything');
select results_eq('select distinct status, attempts, crashes, deliveries from messenger_messages',
                  $$values ('pending', 0, 1, 1)$$, 'the first crash costs no attempt');
select is((select count(*) from nova.messenger_claims), 0::bigint, 'no claim is left behind');
call pg_temp.claim();
select results_eq($$select outcome from messenger_rescue('{w2}')$$, $$select ''::text where false$$,
                  'another worker is dead');
select results_eq($$select outcome from messenger_rescue('{w1}')$$, $$values ('released'), ('released')$$,
                  'this worker is dead: at once');
select is((select max(attempts) from messenger_messages), 1, 'the second crash costs an attempt');
call pg_temp.claim();
select count(*) from messenger_rescue('{w1}') \g /dev/null
call pg_temp.claim();
select results_eq($$select outcome from messenger_rescue('{w1}')$$, $$values ('failed'), ('failed')$$,
                  'what kills its worker again and again ends');
select is((select string_agg(distinct error_class, ' ') from messenger_failed_messages), 'worker_lost', 'and says so');
select count(*) from messenger_send('c') \g /dev/null
call pg_temp.claim();
update nova.messenger_claims set locked_until = now() - interval '1 second';
select is((select count(*) from messenger_rescue()), 0::bigint, 'what was extended is not rescued');
select is((select locked_until from nova.messenger_claims), (select locked_until from messenger_messages),
          'its claim lives on');
truncate messenger_messages, messenger_failed_messages;

-- Replay
insert into messenger_messages (type, idempotency_key, max_attempts) values ('r1', 'k', 1), ('r2', null, 1);
call pg_temp.claim();
select count(*) from messenger_messages m, messenger_fail(array[m.id], array[m.token], array['x']) \g /dev/null
select id as r1 from messenger_failed_messages where type = 'r1' \gset
select id as r2 from messenger_failed_messages where type = 'r2' \gset
select results_eq(format('select outcome from messenger_retry_failed(array[%L, %L]::uuid[], %L)', :'r1',
                         '00000000-0000-0000-0000-000000000000', 'ann'), $$values ('retried'), ('unknown')$$,
                  'a failed message is sent again');
select results_eq($$select m.type, m.attempts, m.retry_of, m.idempotency_key from messenger_messages m$$,
                  format($$values ('r1', 0, %L::uuid, 'k')$$, :'r1'), 'as a new one, linked to it');
select results_eq($$select retried_by, retried_as from messenger_failed_messages where type = 'r1'$$,
                  $$select 'ann', id from messenger_messages$$, 'and says who did');
select results_eq(format('select outcome from messenger_retry_failed(array[%L]::uuid[])', :'r1'),
                  $$values ('already_retried')$$, 'once');
select results_eq(format('select outcome from messenger_retry_failed(array[%L]::uuid[], p_force => true)', :'r1'),
                  $$values ('duplicate')$$, 'by force too, but not while its key lives');
select results_eq(format('select outcome from messenger_retry_failed(array[%L]::uuid[], p_transport => %L)', :'r2',
                         'other'), $$values ('retried')$$, 'to another transport');
select is((select transport from messenger_messages where type = 'r2'), 'other', 'it goes there');

-- Upkeep
update messenger_failed_messages set failed_at = now() - interval '31 days' where type = 'r1';
insert into messenger_messages (type, expires_at) values ('late', now() - interval '1 second');
select is(messenger_prune(), 2::bigint, 'upkeep');
select set_eq('select type from messenger_failed_messages', $$values ('r2'), ('late')$$,
              'removes old failures and moves what expired');
select is(messenger_prune(), 0::bigint, 'once');
truncate messenger_messages, messenger_failed_messages;

-- Batches
select messenger_batch('{"type": "all done", "headers": {"x": 1}}') as batch \gset
select count(*)
  from messenger_send(array_fill(jsonb_build_object('type', 'part', 'batch_id', :'batch', 'max_attempts', 1),
                                 array[3])) \g /dev/null
call pg_temp.claim();
select count(*)
  from (select * from messenger_messages order by id limit 2) m,
       messenger_complete(array[m.id], array[m.token]) \g /dev/null
select results_eq(format('select * from messenger_batch_close(%L)', :'batch'), 'values (3, 2, 0, false)',
                  'a batch counts');
select pg_temp.fail('x') \g /dev/null
select results_eq('select type, headers from messenger_messages',
                  format($$values ('all done', '{"x": 1, "batch_id": "%s", "completed": 2, "failed": 1}'::jsonb)$$,
                         :'batch'), 'and sends its message when all have ended');
select throws_ok(format($$select messenger_send('part', p_batch_id => %L)$$, :'batch'), 'NM004', null,
                 'nothing joins it any more');
select throws_ok($$select messenger_batch_close('00000000-0000-0000-0000-000000000000')$$, 'NM004', null,
                 'an unknown batch');
select * from finish();
