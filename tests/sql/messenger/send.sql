-- messenger_send, plain INSERT, idempotency keys, and where the entry of a message is.
set client_min_messages = warning;
select plan(46);

create function pg_temp.place(p_id bigint) returns text language sql as $$
  select concat_ws('+', (select 'ready' from nova.messenger_ready where message_id = p_id),
                   (select 'delayed' from nova.messenger_delayed where message_id = p_id))
$$;

-- One message
select id from messenger_send('mail', '{"to": "ann"}') \gset a_
select results_eq($$select type, body, headers, transport, queue, priority, status, attempts, token
                      from messenger_messages$$,
                  $$values ('mail', '{"to": "ann"}'::jsonb, '{}'::jsonb, 'default', 'default', 0::smallint, 'pending',
                            0, 0::bigint)$$, 'a message has the defaults');
select is(pg_temp.place(:a_id), 'ready', 'it may be claimed now');
select id from messenger_send('mail', p_delay => '1 hour') \gset b_
select is(pg_temp.place(:b_id), 'delayed', 'a delayed one waits elsewhere');
select is((select available_at - created_at from messenger_messages where id = :b_id), '1 hour', 'for its delay');
select is((select due_at from nova.messenger_delayed), (select available_at from messenger_messages where id = :b_id),
          'until it is due');
select is((select headers from messenger_send('mail', p_headers => '{"x": 1}') s join messenger_messages m using (id)),
          null, 'a statement does not see what it sends');
select is((select headers from messenger_messages order by id desc limit 1), '{"x": 1}', 'the next one does');

-- An array
select results_eq($$select ordinal, created
                      from messenger_send(array['{"type": "a"}',
                                                '{"type": "b", "queue": "q", "priority": 7, "tenant_id": "t",
                                                  "max_attempts": 9, "expires_at": "2030-01-01", "body": [1],
                                                  "transport": "other"}',
                                                '{"type": "c", "delay": "2 days"}']::jsonb[])$$,
                  $$values (1, true), (2, true), (3, true)$$, 'an array is sent in one call');
select results_eq($$select queue, priority, tenant_id, max_attempts, expires_at, body, transport from messenger_messages
                     where type = 'b'$$,
                  $$values ('q', 7::smallint, 't', 9, '2030-01-01Z'::timestamptz, '[1]'::jsonb, 'other')$$,
                  'each with what it says');
select ok((select bool_and(b.id > a.id) from messenger_messages a, messenger_messages b
            where a.type = 'a' and b.type in ('b', 'c')), 'ids are in the order of the array');
select is((select count(*) from messenger_send(array[]::jsonb[])), 0::bigint, 'an empty array sends nothing');

select throws_ok($$select messenger_send(array['{"body": 1}']::jsonb[])$$, '22023', 'message 1 has no type');
select throws_ok($$select messenger_send(array['{"type": "a"}', '[]']::jsonb[])$$, '22023', 'message 2 is no object');
select throws_ok($$select messenger_send(array['{"type": "a", "quue": "q"}']::jsonb[])$$, '22023',
                 'message 1 has the unknown key "quue"');
select throws_ok($$select messenger_send('a', p_priority => 101)$$, '23514',
                 'the priority 101 of a message is not from -100 to 100');
select throws_ok($$insert into messenger_messages (type) values ('')$$, '23514',
                 'the type "" of a message has not 1 to 255 characters');
select throws_ok($$insert into messenger_messages (type, headers) values ('a', '[]')$$, '23514',
                 'the headers of a message are no object');
select throws_ok($$insert into messenger_messages (type, status, locked_by) values ('a', 'processing', 'w')$$, '23514',
                 null, 'nothing is born claimed');
insert into messenger_transports (name, type, config) values ('far', 'redis', '{"url": "redis://localhost"}');
insert into messenger_transports (name, type, enabled) values ('off', 'supabase', false);
select throws_ok($$select messenger_send('a', p_transport => 'off')$$, 'NM002', 'transport "off" is disabled');

-- The caller's transaction
begin;
select id from messenger_send('rolled back') \gset c_
rollback;
select is((select count(*) from messenger_messages where type = 'rolled back'), 0::bigint,
          'a send that is rolled back is gone');
select is(pg_temp.place(:c_id), '', 'its entry too');

-- By hand
insert into messenger_messages (type, available_at)
values ('by hand', now() + interval '1 minute') returning id \gset h_
select is(pg_temp.place(:h_id), 'delayed', 'a plain INSERT is followed');
update messenger_messages set available_at = now() - interval '1 second' where id = :h_id;
select is(pg_temp.place(:h_id), 'ready', 'an UPDATE too: due now');
update messenger_messages set priority = 9 where id = :h_id;
select is((select l.priority from nova.messenger_ready r join nova.messenger_lanes l on l.id = r.lane
            where message_id = :h_id), 9::smallint, 'another priority');
update messenger_messages set queue = 'elsewhere', available_at = now() + interval '1 day' where id = :h_id;
select is((select l.queue from nova.messenger_delayed d join nova.messenger_lanes l on l.id = d.lane
            where message_id = :h_id), 'elsewhere', 'another queue, later');
delete from messenger_messages where id = :h_id;
select is(pg_temp.place(:h_id), '', 'a DELETE too');
select ok((select updated_at > created_at from messenger_messages where id = :b_id) is false, 'nothing was updated');
update messenger_messages set last_error = 'x' where id = :b_id;
select ok((select updated_at > created_at from messenger_messages where id = :b_id),
          'updated_at is kept by its trigger');

-- Idempotency
select id from messenger_send('once', p_idempotency_key => 'k') \gset k_
select results_eq($$select id, created from messenger_send('once', '{"second": true}', p_idempotency_key => 'k')$$,
                  format('values (%s::bigint, false)', :k_id), 'a key that is taken gives the first id');
select is((select count(*) from messenger_messages where type = 'once'), 1::bigint, 'and sends nothing');
select results_eq($$select created from messenger_send('once', p_idempotency_key => 'k', p_transport => 'other')$$,
                  'values (true)', 'a key is taken for one transport');
select results_eq($$select count(distinct id), count(*) filter (where created)
                      from messenger_send(array['{"type": "x", "idempotency_key": "d"}',
                                                '{"type": "x", "idempotency_key": "d"}',
                                                '{"type": "x", "idempotency_key": "k"}', '{"type": "x"}']::jsonb[])$$,
                  'values (3::bigint, 2::bigint)', 'twice in one array is once');
select count(*)
  from messenger_claim('default', null, 'w', 100) c, messenger_complete(array[c.id], array[c.token]) \g /dev/null
select results_eq($$select created from messenger_send('once', p_idempotency_key => 'k')$$, 'values (true)',
                  'after completion the key is free');
select id from messenger_send('window', p_idempotency_key => 'w', p_idempotency_window => '1 hour') \gset w_
select count(*)
  from messenger_claim('default', null, 'w', 100) c, messenger_complete(array[c.id], array[c.token]) \g /dev/null
select results_eq($$select id, created from messenger_send('window', p_idempotency_key => 'w')$$,
                  format('values (%s::bigint, false)', :w_id), 'unless it was sent with a window');
select is((select status from messenger_messages where id = :w_id), 'completed', 'for which the row stays');
update messenger_messages set key_expires_at = now() where id = :w_id;
select results_eq($$select created from messenger_send('window', p_idempotency_key => 'w')$$, 'values (true)',
                  'until that is over');

truncate messenger_messages;
select is((select count(*) from nova.messenger_ready) + (select count(*) from nova.messenger_delayed), 0::bigint,
          'TRUNCATE is followed');
-- What becomes of the first message of a key
select id from messenger_send('report', '{"v": 1}', p_idempotency_key => 'r', p_delay => '1 hour') \gset r_
select available_at as due from messenger_messages where id = :r_id \gset r_
select results_eq($$select id, created
                      from messenger_send('report', '{"v": 2}', p_idempotency_key => 'r', p_priority => 5,
                                          p_on_duplicate => 'keep_run_at')$$,
                  format('values (%s::bigint, false)', :r_id), 'one that is changed is not created');
select results_eq(format('select body, priority, available_at from messenger_messages where id = %s', :r_id),
                  format($$values ('{"v": 2}'::jsonb, 5::smallint, '%s'::timestamptz)$$, :'r_due'),
                  'keep_run_at takes the new content and leaves the time');
select count(*)
  from messenger_send('report', '{"v": 3}', p_idempotency_key => 'r', p_delay => '2 hours',
                      p_on_duplicate => 'replace') \g /dev/null
select results_eq(format($$select body, priority, available_at - now() > interval '90 minutes' from messenger_messages
                            where id = %s$$, :r_id), $$values ('{"v": 3}'::jsonb, 0::smallint, true)$$,
                  'replace takes the time too, so that a delay debounces');
select count(*)
  from messenger_send('report', '{"v": 4}', p_idempotency_key => 'r', p_on_duplicate => 'replace') \g /dev/null
select results_eq($$select id, body from messenger_claim('default', null, 'w', 1) where type = 'report'$$,
                  format($$values (%s::bigint, '{"v": 4}'::jsonb)$$, :r_id), 'and what is due by that is claimed');
select count(*)
  from messenger_send('report', '{"v": 5}', p_idempotency_key => 'r', p_on_duplicate => 'replace') \g /dev/null
select is((select body from messenger_messages where id = :r_id), '{"v": 4}', 'what is being done is not changed');
select count(*)
  from messenger_send(array['{"type": "t", "idempotency_key": "two", "on_duplicate": "replace", "body": {"n": 1}}',
                            '{"type": "t", "idempotency_key": "two", "on_duplicate": "replace",
                              "body": {"n": 2}}']::jsonb[]) \g /dev/null
select is((select body from messenger_messages where idempotency_key = 'two'), '{"n": 2}',
          'of two in one array the last one stays');
select throws_ok($$select messenger_send('t', p_idempotency_key => 'x', p_on_duplicate => 'debounce')$$, '22023',
  'message 1 has the on_duplicate "debounce"; keep, replace and keep_run_at are known', 'an unknown way');
select throws_ok($$select messenger_send('t', p_on_duplicate => 'replace')$$, '22023',
                 'message 1 has on_duplicate without an idempotency_key', 'a way without a key');
select count(*) from messenger_send('t', p_idempotency_key => 'x', p_delay => '1 hour') \g /dev/null
select throws_ok($$select messenger_send('t', p_idempotency_key => 'x', p_priority => 101,
                                         p_on_duplicate => 'replace')$$, '23514', null,
                 'what an insert would refuse is refused');
select * from finish();
