-- Transports of brokers: the outbox, what they deliver and how they are; transports of type sync.
set client_min_messages = warning;
set timezone = 'UTC';
select no_plan();

-- Settings
select throws_ok(format('insert into messenger_transports (name, type, config) values (''x'', %L, %L)', t, c), 'NM003',
                 null, t || ' ' || c || ': ' || why)
  from (values ('redis', '{"url": "rediss://h"}', 'no TLS'), ('redis', '{"url": "redis://u:p@h"}', 'a password'),
               ('redis', '{"url": "redis://h", "password": "x"}', 'an unknown key'),
               ('redis', '{"url": "redis://h", "secret_name": "../x"}', 'no name'),
               ('redis', '{"url": "redis://h", "lease_s": "0"}', 'a lease of nothing'),
               ('redis', '{"url": "redis://h", "stream": ""}', 'a stream without a name'),
               ('rabbitmq', '{"url": "http://h"}', 'another scheme'),
               ('sqs', '{"queue_url": "https://h/q"}', 'no region'),
               ('sqs', '{"queue_url": "http://example.com/q", "region": "eu-central-1"}', 'in clear elsewhere'),
               ('sqs', '{"queue_url": "https://h/q.fifo", "region": "eu-central-1"}', 'a FIFO queue'),
               ('sync', '{"url": "redis://h"}', 'nothing to set')) v (t, c, why);
select throws_ok($$insert into messenger_transports (name, type, config, max_running)
                   values ('x', 'redis', '{"url": "redis://h"}', 5)$$, 'NM003', null, 'a limit of this database');
insert into messenger_transports (name, type, config, max_attempts)
values ('far', 'redis', '{"url": "redis://127.0.0.1:6379", "user": "nova", "secret_name": "redis"}', 2),
       ('near', 'sync', '{}', 3);
insert into messenger_transports (name, type, config) values
  ('rabbit', 'rabbitmq', '{"url": "amqp://h", "vhost": "/", "queue": "q"}'),
  ('cloud', 'sqs', '{"queue_url": "http://127.0.0.1:9324/1/q", "region": "eu-central-1", "access_key_id": "AK"}');
select results_eq('select name, type, open from nova.messenger_brokers()',
                  $$values ('cloud', 'sqs', true), ('far', 'redis', true), ('rabbit', 'rabbitmq', true)$$,
                  'nodes are told of those of brokers');

-- The outbox
select id from messenger_send('mail', '{"to": null}', p_transport => 'far', p_tenant_id => 't') \gset a_
select throws_ok($$select messenger_claim('far', null, 'w')$$, 'NM001', null, 'a worker does not take from an outbox');
select throws_ok($$select messenger_send('a', p_transport => 'far', p_batch_id => messenger_batch())$$, 'NM004', null,
                 'a batch does not know when such a message ends');
select is(nova.messenger_outbox_age() between 0 and 60, true, 'how long it waits is known');
create temp table taken as select * from nova.messenger_claim_outbox('far', 'w', 10, '1 minute');
select is((select payload::jsonb - 'sent_ms' from taken),
          jsonb_build_object('id', :a_id, 'type', 'mail', 'queue', 'default', 'priority', 0, 'tenant', 't',
                             'attempts', 0, 'headers', '{}'::jsonb, 'body', '{"to": null}'::jsonb),
          'what goes to the broker');
select is((select count(*) from nova.messenger_claim_outbox('far', 'v', 10, '1 minute')), 0::bigint,
          'nobody else sends it meanwhile');
select nova.messenger_hold_outbox(array_agg(id), array_agg(token), '0', 'refused: WRONGPASS') from taken \g /dev/null
select results_eq('select status, attempts, last_error from messenger_messages',
                  $$values ('pending', 0, 'refused: WRONGPASS')$$, 'what the broker did not take waits, and says why');
truncate taken;
insert into taken select * from nova.messenger_claim_outbox('far', 'w', 10, '1 minute');
select results_eq('select c.outcome from taken t, messenger_complete(array[t.id], array[t.token]) c',
                  $$values ('completed')$$, 'what it took is no longer here');
select is((select count(*) from messenger_messages), 0::bigint, 'at all');
select is(nova.messenger_outbox_age(), 0::double precision, 'nothing waits');

-- What it delivers and what is not done
create function pg_temp.judge(p_verdict text, p_payload text, p_after bigint default null)
returns table (delay_ms bigint, payload text) language sql as $$
  select * from nova.messenger_end_delivered('far', 'w', array[p_payload], array[1], array[p_verdict], array['boom'],
                                             array['it broke 17 times'], array[p_after])
$$;
select results_eq($$select delay_ms between 900 and 1100, payload::jsonb -> 'attempts',
                           payload::jsonb #>> '{errors,0,class}', payload::jsonb -> 'body'
                      from pg_temp.judge('retry', (select payload from taken))$$,
                  $$values (true, '1'::jsonb, 'boom', '{"to": null}'::jsonb)$$, 'again, with its history');
select is((select delay_ms from pg_temp.judge('retry', '{"id": 5, "type": "x"}', 77)), 77::bigint, 'or as it said');
select is((select count(*) from messenger_failed_messages), 0::bigint, 'nothing is given up yet');
create temp table again as select payload from pg_temp.judge('retry', (select payload from taken));
select is((select delay_ms from pg_temp.judge('retry', (select payload from again))), null, 'the last is the end');
select is((select delay_ms from pg_temp.judge('retry', (select payload from again))), null, 'again too');
select results_eq($$select message_id, transport, attempts, error_class, tenant_id, body, jsonb_array_length(errors),
                           sent_at between now() - interval '1 minute' and now()
                      from messenger_failed_messages$$,
                  format($$values (%s::bigint, 'far', 2, 'boom', 't', '{"to": null}'::jsonb, 2, true)$$, :a_id),
                  'it is among the failed, whole and once');
select is((select delay_ms from pg_temp.judge('fail', '{"id": -5, "type": "y"}')), null,
          'what cannot be done is given up');
select results_eq($$select type, queue, body from messenger_failed_messages where message_id = -5$$,
                  $$values ('y', 'default', '{}'::jsonb)$$, 'also what another program sent');
select results_eq($$select outcome from messenger_retry_failed(array(select id from messenger_failed_messages
                                                                      where type = 'mail'))$$,
                  $$values ('retried')$$, 'a failed one is sent again');
select is((select transport from messenger_messages), 'far', 'through the outbox');

-- How they are
select nova.messenger_note_broker('far', 'w', 'refused', 'WRONGPASS', null, 0),
       nova.messenger_note_broker('far', 'v', '', '', 7, 2) \g /dev/null
select results_eq($$select workers, depth, outbox, error from nova.messenger_transport_list() where name = 'far'$$,
                  $$values (2, 7::bigint, 1::bigint, 'refused: WRONGPASS')$$, 'the list says how workers found it');
select results_eq('select kind, what, facts ->> ''reason'' from nova.messenger_broker_due()',
                  $$values ('transport/refused', 'transport:far', 'WRONGPASS')$$, 'what cannot be used is a finding');
select since from nova.messenger_broker_states where worker = 'w' \gset w_
select nova.messenger_note_broker('far', 'w', 'refused', 'WRONGPASS', null, 0) \g /dev/null
select is((select since from nova.messenger_broker_states where worker = 'w'), :'w_since'::timestamptz,
          'since it began');
select nova.messenger_note_broker('far', 'w', '', '', 7, 0) \g /dev/null
select is((select count(*) from nova.messenger_broker_due()), 0::bigint, 'until it can');
update messenger_messages set available_at = available_at - interval '2 minutes';
select count(*) from nova.messenger_claim_outbox('far', 'w', 10, '1 minute') c,
       nova.messenger_hold_outbox(array[c.id], array[c.token], '0', 'unreachable: it is away') \g /dev/null
select results_eq('select kind, facts ->> ''count'' from nova.messenger_broker_due()',
                  $$values ('transport/outbox_waits', '1')$$,
                  'so is an outbox that waits, also when it is tried again and again');
select is(nova.messenger_outbox_age() between 119 and 180, true, 'and the metric says so');
select is((select count(*) from nova.messenger_due() where kind = 'transport/stands_still'), 0::bigint,
          'which is told once');
truncate messenger_messages;

-- sync: its sender has it at once, in its transaction
select id from messenger_send('now', p_transport => 'near') \gset s_
create temp table own as select * from nova.messenger_claim_sent(:s_id, 'me', '1 minute');
select results_eq('select id, type, attempts from own', format($$values (%s::bigint, 'now', 0)$$, :s_id),
                  'its sender has it');
select is((select count(*) from messenger_claim('near', null, 'w')), 0::bigint, 'nobody else does');
select is((select count(*) from nova.messenger_claim_sent(:s_id, 'you', '1 minute')), 0::bigint, 'nor another sender');
select results_eq('select f.outcome from own o, messenger_fail(array[o.id], array[o.token], array[''x'']) f',
                  $$values ('retrying')$$, 'a failure is tried again as of any transport');
truncate messenger_messages;
select id from messenger_send('later', p_transport => 'near', p_delay => '1 hour') \gset l_
select is((select count(*) from nova.messenger_claim_sent(:l_id, 'me', '1 minute')), 0::bigint,
          'what is delayed waits');
select id from messenger_send('plain') \gset p_
select is((select count(*) from nova.messenger_claim_sent(:p_id, 'me', '1 minute')), 0::bigint,
          'of no other transport');
select is((select type from messenger_claim('default', null, 'w')), 'plain', 'which is claimed');
select id from messenger_send('sql', p_transport => 'near') \gset q_
select is((select type from messenger_claim('near', null, 'w')), 'sql', 'what SQL sends by sync a worker does');
select * from finish();
