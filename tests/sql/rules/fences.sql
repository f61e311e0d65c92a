-- Who has no token changes nothing, in every system: a token that is null is stale, arrays that do not fit together
-- are refused, and what is named twice in one call is done once, by the claim that is good.
set client_min_messages = warning;
select plan(55);
create function pg_temp.unequal(call text, what text) returns setof text language sql as $$
  select throws_ok(call, '22023', null, 'unequal arrays: ' || what);
$$;
create function pg_temp.endless(call text, what text) returns setof text language sql as $$
  select throws_ok(call, '22023', null, 'a lease without an end: ' || what);
$$;

-- The messenger.
select id as p from messenger_send('waits', p_transport => 'w') \gset
select id as q from messenger_send('held', p_transport => 'h') \gset
select token as t from messenger_claim('h', null, 'other', 1) \gset
create temp view state as
  select id, status from messenger_messages union all select message_id, 'failed' from messenger_failed_messages;
select results_eq(format('select outcome from %s', call), $$values ('stale'), ('stale')$$, 'null tokens: ' || call)
  from (values
    (format('messenger_complete(array[%s, %s], array[null, null]::bigint[])', :p, :q)),
    (format('messenger_fail(array[%s, %s], array[null, null]::bigint[], array[''x'', ''x''])', :p, :q)),
    (format('messenger_fail(array[%s, %s], array[null, null]::bigint[], array[''x'', ''x''], '
            'p_verdicts => array[''unrecoverable'', ''unrecoverable''])', :p, :q)),
    (format('messenger_release(array[%s, %s], array[null, null]::bigint[])', :p, :q)),
    (format('messenger_extend(array[%s, %s], array[null, null]::bigint[])', :p, :q))) c (call);
select set_eq('select id, status from state', format($$values (%s::bigint, 'pending'), (%s, 'processing')$$, :p, :q),
              'nothing happened to either');
select pg_temp.unequal(format('select from ' || call, :p, :q, :t), call) from (values
  ('messenger_complete(array[%s, %s], array[%s])'), ('messenger_fail(array[%s, %s], array[%s], array[''x''])'),
  ('messenger_fail(array[%s, %s], array[%s, 1], array[''x''])'),
  ('messenger_fail(array[%s, %s], array[%s, 1], array[''x'', ''y''], array[''c''])'),
  ('messenger_fail(array[%s, %s], array[%s, 1], array[''x'', ''y''], p_verdicts => array[''retry''])'),
  ('messenger_release(array[%s, %s], array[%s])'), ('messenger_extend(array[%s, %s], array[%s])'),
  ('messenger_complete(array[%s, %s], null)')) c (call);
select set_eq('select id, status from state', format($$values (%s::bigint, 'pending'), (%s, 'processing')$$, :p, :q),
              'still nothing');
select pg_temp.endless('select from messenger_claim(''w'', null, ''me'', 1, null)', 'messenger_claim');
select pg_temp.endless(format('select from messenger_extend(array[%s], array[%s], null)', :q, :t), 'messenger_extend');

-- The same message twice: of a claim that is over, and of the claim that holds it.
create function pg_temp.twice(action text) returns text language plpgsql as $$
declare
  v_id bigint;
  v_old bigint;
  v_new bigint;
  v_answer text;
begin
  select s.id into v_id from public.messenger_send('twice', p_transport => 'twice', p_max_attempts => 1) s;
  select c.token into v_old from public.messenger_claim('twice', null, 'me', 1, '1 microsecond') c;
  perform pg_sleep(0.001);
  perform public.messenger_rescue();
  select c.token into v_new from public.messenger_claim('twice', null, 'me', 1) c;
  execute format('select string_agg(outcome, '' '' order by n) from %s with ordinality o (id, outcome, %s n)', action,
                 case when action ~ '^messenger_fail' then 'available_at,' else '' end)
    into v_answer using array[v_id, v_id, v_id], array[v_old, v_new, v_new], array['a', 'b', 'b'];
  delete from public.messenger_messages where transport = 'twice';
  return v_answer;
end
$$;
select is(pg_temp.twice('messenger_complete($1, $2)'), 'gone completed completed', 'completed twice in one call');
select is(pg_temp.twice('messenger_fail($1, $2, $3)'), 'gone failed failed', 'failed twice');
select is(pg_temp.twice('messenger_fail($1, $2, $3, '
                        'p_verdicts => array[''recoverable'', ''recoverable'', ''recoverable''])'),
          'stale retrying retrying', 'to be retried');
select is(pg_temp.twice('messenger_release($1, $2)'), 'stale released released', 'released');
select is(pg_temp.twice('messenger_extend($1, $2)'), 'stale extended extended', 'extended');

-- The queues.
select pgmq.create('l');
select pgmq.send('l', '1');
select pgmq.read('l', 0, 1);
select pgmq.read('l', 30, 1);
select results_eq($$select accepted
                      from nova_queue.extend_leased('l', array[1, 1, 1]::bigint[], array[null, 1, 2], 9)$$,
                  'values (false), (false), (true)', 'a queue: extended twice');
select results_eq($$select accepted from nova_queue.archive_leased('l', array[1]::bigint[], array[null]::integer[])$$,
                  'values (false)', 'archived without a token');
select results_eq($$select accepted from nova_queue.delete_leased('l', array[1, 1, 1]::bigint[], array[1, null, 2])$$,
                  'values (false), (false), (true)', 'deleted twice');
select pg_temp.unequal($$select from nova_queue.extend_leased('l', array[1]::bigint[], '{}', 9)$$,
                       'nova_queue.extend_leased');
select pg_temp.unequal($$select nova.finish_notifications(array['a', 'b'], array['error'], array[''], array[1],
                                                          array[1], array[1], array[false])$$,
                       'nova.finish_notifications');

-- Upkeep.
select throws_ok($$select nova.claim_upkeep('w', null, 1)$$, '22023', null, 'a lease without an end: claim_upkeep');
select pg_temp.unequal($$select nova.extend_upkeep(array['a', 'b'], array[1], '1 minute')$$, 'nova.extend_upkeep');
select pg_temp.unequal($$select nova.release_upkeep(array['a'], null)$$, 'nova.release_upkeep');
select token as u from nova.claim_upkeep_now('sizes', 'w', '1 minute') \gset
select is(nova.end_upkeep('sizes', null, 'done'), 'stale', 'a task is not ended without a token');
select results_eq(format($$select outcome from nova.release_upkeep(array['sizes', 'sizes', 'sizes'],
                                                                   array[null, %s, %1$s])$$, :u),
                  $$values ('stale'), ('released'), ('released')$$, 'a task: released twice');
select is(nova.end_upkeep('sizes', :u, 'done'), 'stale', 'nor after it was given back');

-- Backfills.
insert into flux_inboxes (id, email, grant_id) values ('00000000-0000-0000-0000-00000000000a', 'ann@example.com', 'g1');
select queue_inbox_backfill('00000000-0000-0000-0000-00000000000a', now() - interval '6 days',
                            now() - interval '1 day') as c \gset
select from nova.begin_discovery(7, :'c');
select id as w from public.backfill_windows \gset
select token as wt from nova.claim_window(7, :'c', :w, 'n') \gset
select throws_ok(format('select %s', call), 'NV009', null, 'null token: ' || call) from (values
  (format('nova.hold_discovery(null, %L)', :'c')), (format('nova.begin_discovery(null, %L)', :'c')),
  (format('nova.fail_discovery(null, %L, ''x'')', :'c')),
  (format('nova.record_page(%L, %s, null, '''', '''', array[''t1''], array[1], ''{}'', ''{}'', false)', :'c',
          :w))) c (call);
select pg_temp.unequal(format($$select nova.record_page(%L, %s, %s, '', '', array['t1', 't2'], array[1], '{}', '{}',
                                                        false)$$, :'c', :w, :wt), 'nova.record_page');
select from nova.record_page(:'c', :w, :wt, '', '', array['t1', 't2'], array[1, 2], '{}', '{}', false);
select config_id, token from nova.claim_threads('n', 1, 10) limit 1 \gset
select results_eq(format($$select *
                             from nova.finish_threads(array_fill(%L::uuid, array[3]), array['t1', 't1', 't1'],
                                                      array[null, %s, %s], array[1, 1, 1])$$, :'c', :token, :token),
                  'values (false), (true), (true)', 'a thread: finished twice');
select results_eq(format($$select *
                             from nova.fail_threads(array_fill(%L::uuid, array[3]), array['t2', 't2', 't2'],
                                                    array[null, %s, %s], array['', '', ''], array[false, false, false],
                                                    array[false, false, false], array[1, 1, 1])$$, :'c', :token,
                         :token), 'values (false), (true), (true)', 'failed twice');
select is((select attempts from queued_threads where thread_id = 't2'), 1, 'and counted once');
select pg_temp.unequal(format($$select nova.finish_threads(array[%L::uuid], array['t1', 't2'], array[1, 2],
                                                           array[1, 1])$$, :'c'), 'nova.finish_threads');
select pg_temp.unequal(format($$select nova.fail_threads(array[%L::uuid], array['t1'], array[1], array['x'],
                                                         array[true], array[true], '{}')$$, :'c'), 'nova.fail_threads');

-- Syncs and their alerts.
insert into integration_configs (name, provider, alert_emails, alert_on_success)
values ('i', 'x', '{ops@example.org}', true);
insert into integration_sync_configs (integration_id, stream) select id, 's' from integration_configs;
select id as s from integration_sync_configs \gset
select pg_temp.endless(call, call)
  from (values (format('select nova.start_sync(%L, ''w'', null)', :'s')),
               ('select from nova.claim_sync_retries(''w'', 1, null)'),
               ('select from nova.claim_alert_deliveries(''w'', ''email'', 1, null, 8, now())')) c (call);
select id as run, claim_token as token from nova.start_sync(:'s', 'w', '5 minutes') \gset
select pg_temp.endless(format('select nova.extend_syncs(array[%L::uuid], array[%s], null)', :'run', :token),
                       'nova.extend_syncs');
select is(nova.finish_sync(:'run', null, 'succeeded'), 'stale', 'a run is not finished without a token');
select results_eq(format($$select outcome
                             from nova.extend_syncs(array_fill(%L::uuid, array[3]), array[null, -1, %s], '9 minutes')$$,
                         :'run', :token), $$values ('stale'), ('stale'), ('accepted')$$, 'extended twice');
select is(nova.finish_sync(:'run', :token, 'succeeded'), 'accepted', 'but with one');
select nova.gather_alerts('0', '0', clock_timestamp()) \g /dev/null
select id as message, token from nova.claim_alert_deliveries('w', 'email', 1, '5 minutes', 8, clock_timestamp()) \gset
select pg_temp.unequal(format('select nova.end_alert_deliveries(array[%s, %1$s], array[%s, %2$s], array[''sent''], '
                              'array['''', ''''], array['''', ''''], array[interval ''0'', ''0''], now())',
                              :message, :token), 'nova.end_alert_deliveries');
select results_eq(format($$select outcome
                             from nova.end_alert_deliveries(array_fill(%s::bigint, array[2]), array[null, %s],
                                                            array['failed', 'sent'], array['', ''], array['', ''],
                                                            array[interval '0', '0'], now())$$, :message, :token),
                  $$values ('stale'), ('accepted')$$, 'a message about alerts ended twice');

-- Leases of the cluster.
select id as node from nova.register_node('n', array['threads'], 'v') \gset
select throws_ok(format('select nova.take_lease(''leader'', %s, null)', :node), '23514', null,
                 'a lease of the cluster has an end');
select token as held from nova.take_lease('leader', :node) \gset
select is(nova.release_lease('leader', :node, null), false, 'and is kept by whoever has its token');
select is_empty(format($$select nova.renew_leases(%s, array['leader'], array[null]::bigint[])$$, :node),
                'also with others');
select * from finish();
