-- Claim, complete, extend, release: order, fairness, limits, tokens.
set client_min_messages = warning;
select plan(46);

create function pg_temp.send(p_type text, p_options jsonb default '{}') returns bigint language sql as $$
  select id from messenger_send(array[jsonb_build_object('type', p_type) || p_options])
$$;
create function pg_temp.claim(p_n integer, p_queues text[] default null, p_transport text default 'default')
returns text language sql as $$
  select string_agg(c.type, ' ' order by c.n)
    from (select * from messenger_claim(p_transport, p_queues, 'w1', p_n)
                     with ordinality c (id, token, type, body, headers, queue, priority, tenant_id, attempts,
                                        deliveries, available_at, created_at, locked_until, n)) c
$$;

-- Order
select pg_temp.send('low', '{"priority": -5}'), pg_temp.send('a'), pg_temp.send('b'),
       pg_temp.send('high', '{"priority": 5}'),
       pg_temp.send('early', '{"available_at": "2020-01-01"}') \g /dev/null
select is(pg_temp.claim(10), 'high a b early low', 'the larger priority first, then time of arrival');
select is(pg_temp.claim(10), null, 'what is claimed is not claimed again');
select results_eq($$select distinct status, locked_by, deliveries, attempts, token, locked_until - updated_at
                      from messenger_messages$$,
                  $$values ('processing', 'w1', 1, 0, 1::bigint, '5 minutes'::interval)$$,
                  'a claim notes who, until when and with which token');
truncate messenger_messages;
select count(*)
  from messenger_send(array['{"type": "third", "available_at": "2020-01-03"}',
                            '{"type": "first", "available_at": "2020-01-01"}',
                            '{"type": "second", "available_at": "2020-01-02"}']::jsonb[]) \g /dev/null
select is(pg_temp.claim(1) || ' ' || pg_temp.claim(1) || ' ' || pg_temp.claim(5), 'first second third',
          'in one send by available_at');
select pg_temp.send('q1 old', '{"queue": "q1"}'), pg_temp.send('q2', '{"queue": "q2"}'),
       pg_temp.send('q1 new', '{"queue": "q1"}') \g /dev/null
select is(pg_temp.claim(5, '{q2}'), 'q2', 'only of the queues that are asked for');
select is(pg_temp.claim(5, '{q3}'), null, 'an unknown queue is empty');
select is(pg_temp.claim(5), 'q1 old q1 new', 'all queues without a list');
select pg_temp.send('old', '{"priority": -100, "queue": "aged"}') \g /dev/null
update nova.messenger_ready set since = now() - interval '3 hours';
select pg_temp.send('urgent', '{"priority": 50}') \g /dev/null
select is(pg_temp.claim(5), 'old urgent', 'after so many minutes the lowest priority has its turn');
select pg_temp.send(q || i, jsonb_build_object('queue', q))
  from unnest(array['x', 'y']) q, generate_series(1, 3) i \g /dev/null
select is(pg_temp.claim(4), 'x1 x2 y1 y2', 'queues that are equally urgent share a claim');
select is(pg_temp.claim(4), 'x3 y3', 'what one has not got the other gives');

-- Fairness
truncate messenger_messages;
select count(*)
  from messenger_send(array_fill('{"type": "loud", "tenant_id": "a", "queue": "fair"}'::jsonb,
                                 array[1000])) \g /dev/null
select is((select string_agg(type, ' ') from messenger_claim('default', '{fair}', 'w', 3)), 'loud loud loud',
          'a tenant alone gets everything');
select count(*)
  from messenger_send(array_fill('{"type": "quiet", "tenant_id": "b", "queue": "fair"}'::jsonb, array[3])) \g /dev/null
select is((select string_agg(type, ' ') from messenger_claim('default', '{fair}', 'w', 8)),
          'quiet loud quiet loud quiet loud loud loud', 'then tenants take turns');
select pg_temp.send('no tenant', '{"queue": "fair"}') \g /dev/null
select is((select count(*) from messenger_claim('default', '{fair}', 'w', 2) where type = 'no tenant'), 1::bigint,
          'a message without a tenant does not wait for 990 others');

-- Delay
truncate messenger_messages;
select pg_temp.send('soon', '{"delay": "10 minutes"}') as soon \gset
select is(pg_temp.claim(5), null, 'a delayed message is not claimed');
select is((select status from messenger_queue_depth), 'delayed', 'and shows as delayed');
update nova.messenger_delayed set due_at = clock_timestamp();
select is((select status from messenger_queue_depth), 'pending', 'when it is due as pending');
select is(pg_temp.claim(5), 'soon', 'and is claimed');
truncate messenger_messages;
select pg_temp.send('late', '{"expires_at": "2020-01-01"}'), pg_temp.send('good') \g /dev/null
select is(pg_temp.claim(1), 'good', 'an expired message is not claimed, and does not hide the next');
select results_eq('select type, error_class, attempts from messenger_failed_messages',
                  $$values ('late', 'expired', 0)$$, 'it is among the failed ones');

-- Tokens
truncate messenger_messages;
select pg_temp.send('t1') as t1, pg_temp.send('t2') as t2 \gset
select array_agg(id order by id) as ids, array_agg(token order by id) as tokens
  from messenger_claim('default', null, 'w1', 2) \gset
select results_eq(format('select * from messenger_complete(array[%s, %s, 999999], array[0, %s, 1])', :t1, :t2,
                         (:'tokens'::bigint[])[2]),
                  format($$values (%s::bigint, 'stale'), (%s, 'completed'), (999999, 'gone')$$, :t1, :t2),
                  'complete says what became of each');
select is((select status from messenger_messages), 'processing', 'a stale token changes nothing');
select results_eq(format('select outcome from messenger_extend(array[%s], array[0], %L)', :t1, '1 day'),
                  $$values ('stale')$$, 'extend with a stale token');
select results_eq(format('select outcome from messenger_release(array[%s], array[0])', :t1), $$values ('stale')$$,
                  'release with a stale token');
select results_eq(format('select outcome from messenger_fail(array[%s], array[0], array[%L])', :t1, 'x'),
                  $$values ('stale')$$, 'fail with a stale token');
select results_eq($$select status, attempts, locked_until > now() + interval '1 hour' from messenger_messages$$,
                  $$values ('processing', 0, false)$$, 'none of them did anything');
select results_eq(format('select outcome from messenger_extend(array[%s], array[%s], %L)', :t1,
                         (:'tokens'::bigint[])[1], '1 day'), $$values ('extended')$$, 'extend');
select ok((select locked_until > now() + interval '23 hours' from messenger_messages), 'moves the end of the claim');
select ok((select locked_until > now() + interval '23 hours' from nova.messenger_claims), 'and what rescue looks at');
select results_eq(format('select outcome from messenger_release(array[%s], array[%s])', :t1, (:'tokens'::bigint[])[1]),
                  $$values ('released')$$, 'release');
select results_eq($$select status, attempts, deliveries, locked_until from messenger_messages$$,
                  $$values ('pending', 0, 1, null::timestamptz)$$, 'costs no attempt');
select pg_temp.send('t3') \g /dev/null
select is(pg_temp.claim(5), 't1 t3', 'what was released is in front');
select ok((select min(token) from messenger_messages) > (:'tokens'::bigint[])[1], 'the next token is larger');
select results_eq(format('select outcome from messenger_complete(array[%s], array[%s])', :t1, (:'tokens'::bigint[])[1]),
                  $$values ('stale')$$, 'the token before is stale');
select count(*) from messenger_messages m, messenger_release(array[m.id], array[m.token], '1 hour')
 where m.type = 't3' \g /dev/null
select ok((select available_at > now() + interval '59 minutes' from messenger_messages where type = 't3'),
          'a release with a delay');
truncate messenger_messages;
select pg_temp.send('r') \g /dev/null
begin;
select pg_temp.claim(1) \g /dev/null
rollback;
select is(pg_temp.claim(1), 'r', 'a claim that is rolled back did not happen');
select throws_ok($$select messenger_claim('default', null, '', 1)$$, '22023', null, 'a claim needs a worker');
select throws_ok($$select messenger_claim('default', null, 'w', 0)$$, '22023', null, 'and a number');
select throws_ok($$select messenger_claim('default', null, 'w', 1, '0')$$, '22023', null, 'and a lease');

-- Limits and pauses
truncate messenger_messages;
insert into messenger_transports (name, type, max_running, queue_limits) values ('narrow', 'supabase', 4, '{"one": 1}');
select pg_temp.send(q || i, jsonb_build_object('queue', q, 'transport', 'narrow'))
  from unnest(array['one', 'two']) q, generate_series(1, 5) i \g /dev/null
select is(pg_temp.claim(10, null, 'narrow'), 'one1 two1 two2 two3',
          'a queue and a transport give out no more than their limits');
select is(pg_temp.claim(10, null, 'narrow'), null, 'nothing more while these run');
select count(*) from messenger_messages m, messenger_complete(array[m.id], array[m.token])
 where m.type = 'two1' \g /dev/null
select is(pg_temp.claim(10, null, 'narrow'), 'two4', 'one that is done makes room');
select count(*) from messenger_messages m, messenger_release(array[m.id], array[m.token])
 where m.type = 'one1' \g /dev/null
select is(pg_temp.claim(10, null, 'narrow'), 'two5', 'so does a release; the queue that waits longer goes first');
select count(*) from messenger_messages m, messenger_fail(array[m.id], array[m.token], array['x'])
 where m.type = 'two5' \g /dev/null
select is(pg_temp.claim(10, null, 'narrow'), 'one1', 'and a failure');
update messenger_transports set max_running = null, queue_limits = '{}', paused = true where name = 'narrow';
select is(pg_temp.claim(10, null, 'narrow'), null, 'a paused transport gives nothing out');
select lives_ok($$select messenger_send('p', p_transport => 'narrow')$$, 'but takes messages');
select throws_ok($$insert into messenger_transports (name, type) values ('r', 'redis')$$, 'NM003',
                 'transport "r" of type redis: config has no url');
select * from finish();
