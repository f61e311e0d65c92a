-- What hands do to messages is followed: slots, claims, batches; a lease ends by itself; clocks that go back; keys.
set client_min_messages = warning;
select no_plan();
create function pg_temp.claimed(p_worker text, p_lease interval default '5 minutes') returns text language sql as $$
  select string_agg(type, ' ' order by id) from messenger_claim('limited', null, p_worker, 10, p_lease)
$$;

-- Slots of a limit
insert into messenger_transports (name, type, max_running) values ('limited', 'supabase', 1);
select count(*) from messenger_send(array['{"type": "a", "transport": "limited"}',
                                          '{"type": "b", "transport": "limited"}']::jsonb[]) \g /dev/null
select is(pg_temp.claimed('w1'), 'a', 'one at a time');
delete from messenger_messages where type = 'a';
select is(pg_temp.claimed('w1'), 'b', 'what is deleted while it is worked on makes room');
update messenger_messages set status = 'pending', locked_until = null;
select results_eq('select counted, locked_until, (select count(*) from nova.messenger_slots) from messenger_messages',
                  'values (false, null::timestamptz, 0::bigint)', 'and so does what is given back by hand');
select is(pg_temp.claimed('w2'), 'b', 'it is claimed again');
select is((select c.outcome from messenger_messages m, messenger_complete(array[m.id], array[m.token - 1]) c),
          'stale', 'the claim before is over');

-- A lease that hands end, and one that nobody ends
update messenger_messages set locked_until = now();
select is((select outcome from messenger_rescue()), 'released', 'locked_until ends a claim');
select pg_temp.claimed('w3') \g /dev/null
update messenger_messages set locked_until = null;
select is((select outcome from messenger_rescue()), 'released', 'also when it is taken away');
select pg_temp.claimed('w4', '1 microsecond') \g /dev/null
select setval('nova.messenger_rescued', 0) \g /dev/null
select is(pg_temp.claimed('w5'), 'b', 'a claim takes back what is over, without anybody''s rescue');
select is((select crashes from messenger_messages), 3, 'as a crash, as the others were');
truncate messenger_messages;

-- Batches
select messenger_batch('{"type": "done"}') as batch \gset
select count(*)
  from messenger_send(array_fill(jsonb_build_object('type', 'part', 'batch_id', :'batch'), array[3])) \g /dev/null
delete from messenger_messages where id = (select min(id) from messenger_messages);
select results_eq(format('select total, finished from messenger_batch_close(%L)', :'batch'), 'values (2, false)',
                  'what is deleted by hand leaves its batch');
select count(c.outcome) from messenger_claim('default', null, 'w', 1) m,
       messenger_complete(array[m.id], array[m.token]) c \g /dev/null
select results_eq(format('select total, completed from nova.messenger_batches where id = %L', :'batch'),
                  'values (2, 1)', 'what is completed does not');
delete from messenger_messages where type = 'part';
select results_eq('select type, (headers ->> ''completed'')::integer from messenger_messages',
                  $$values ('done', 1)$$, 'a batch whose last message is deleted is finished');
truncate messenger_messages;

-- The clock goes back by a day
select setval(s::regclass, ((extract(epoch from clock_timestamp()) + 86400) * 1000)::bigint)
  from unnest(array['nova.messenger_promoted', 'nova.messenger_promotions', 'nova.messenger_looks',
                    'nova.messenger_rescued']) s \g /dev/null
select count(*) from messenger_send('later', p_delay => '20 milliseconds') \g /dev/null
select pg_sleep(0.03) \g /dev/null
select is((select type from messenger_claim('default', null, 'w')), 'later', 'delayed messages come all the same');
select ok((select bool_and(last_value < (extract(epoch from clock_timestamp()) + 120) * 1000) from (
             select last_value from nova.messenger_promoted union all
             select last_value from nova.messenger_rescued) s), 'and the marks are of now');
update nova.messenger_claims
   set claimed_at = claimed_at + interval '1 day', locked_until = locked_until + interval '1 day';
update messenger_messages set locked_until = locked_until + interval '1 day';
select is((select count(*) from messenger_rescue()), 0::bigint, 'a claim of the future is not over');
select ok((select bool_and(locked_until between now() and now() + interval '6 minutes') from (
             select locked_until from messenger_messages union all select locked_until from nova.messenger_claims) s),
          'but as long as it was');
truncate messenger_messages;
select count(*) from messenger_send(array['{"type": "due"}', '{"type": "moved"}']::jsonb[]) \g /dev/null
select count(*) from messenger_claim('default', null, 'w', 2) \g /dev/null
update messenger_messages set available_at = now() + interval '1 day'; -- as if it had been claimed a day later
select count(*)
  from messenger_messages m, messenger_release(array[m.id], array[m.token]) where m.type = 'due' \g /dev/null
update messenger_messages set status = 'pending', available_at = now() + interval '2 days' where type = 'moved';
select results_eq('select type from messenger_claim(''default'', null, ''w'', 2)', $$values ('due')$$,
                  'what is given back was due already, what a hand delays is not');
truncate messenger_messages;

-- Transports that take nothing, by any way
insert into messenger_transports (name, type, enabled, config)
values ('off', 'supabase', false, '{}'), ('foreign', 'redis', false, '{"url": "redis://h"}');
select throws_ok(format('insert into messenger_messages (type, transport) values (''x'', %L)', t), e, null,
                 'a plain INSERT into ' || t) from (values ('off', 'NM002'), ('foreign', 'NM002')) v (t, e);
select throws_ok(format('select messenger_batch(%L)', '{"type": "x", "transport": "off"}'), 'NM002', null,
                 'a callback that nobody would take');
insert into messenger_messages (type, max_attempts) values ('once', 1);
select count(*) from messenger_claim('default', null, 'w') m,
       messenger_fail(array[m.id], array[m.token], array['x'], p_retry_after => array['99999999999 s'::interval]) f
  \g /dev/null
select throws_ok($$select messenger_retry_failed(array(select id from messenger_failed_messages),
                                                 p_transport => 'foreign')$$, 'NM002', null, 'a retry to one');

-- Bodies and keys
select count(*) from messenger_send('null', 'null'::jsonb) a, messenger_send('none', null) b \g /dev/null
select results_eq('select type, body from messenger_messages order by id',
                  $$values ('null', 'null'::jsonb), ('none', '{}')$$, 'a body of JSON null is one');
select throws_ok(format('select messenger_send(array[''{"type": "ok"}'', %L::jsonb])', m), '22023', want, want)
  from (values ('{"type": "x", "idempotency_key": ""}',
                'message 2 has an empty idempotency_key: leave it out, or null'),
               ('{"type": "x", "idempotency_key": 5}', 'message 2 has the idempotency_key 5, which is no text'),
               ('{"type": "x", "priority": "high"}',
                'message 2 has the priority "high", which is not from -100 to 100'))
       v (m, want);
select throws_ok(format('insert into messenger_messages (type, idempotency_key) values (''x'', %L)', k), '23514', null,
                 'a key of ' || length(k) || ' characters') from unnest(array['', repeat('x', 1001)]) k;
select results_eq($$select s.created from unnest(array['a', 'b', 'a', null, null]) t (id),
                      messenger_send('t', p_idempotency_key => 'order-1', p_tenant_id => t.id) s$$,
                  'values (true), (true), (false), (true), (false)', 'a key is a tenant''s own');
select lives_ok(format($$select messenger_send('long', p_idempotency_key => %L, p_tenant_id => %L, p_transport => %L)$$,
                       repeat('x', 1000), repeat('y', 1000), repeat('z', 63)), 'the longest key');
select count(*) from messenger_claim('default', null, 'w', 10) \g /dev/null
select results_eq($$select f.outcome from messenger_messages m, messenger_fail(array[m.id], array[m.token], array['x'],
                      p_retry_after => array['99999999999 s'::interval]) f where m.type = 'null'$$,
                  $$values ('retrying')$$, 'a Retry-After of thousands of years');
select cmp_ok((select available_at from messenger_messages where type = 'null'), '<', now() + interval '366 days',
              'is a year');
select * from finish();
