-- Retries, watermarks, runs and alerts by one session; many sessions are in concurrency.sql.
set client_min_messages = warning;
select plan(90);
\set crm '''00000000-0000-0000-0000-00000000000a'''
\set contacts '''00000000-0000-0000-0000-0000000000a1'''

-- calculate_next_retry
prepare delays as
  select extract(epoch from calculate_next_retry(n, 'epoch', '1 minute', '1 hour', 0)) from generate_series(0, 7) n;
select results_eq('delays', 'values (60.0), (120), (240), (480), (960), (1920), (3600), (3600)',
                  'delays double up to the maximum');
select is(calculate_next_retry(2147483647, 'epoch'), calculate_next_retry(64, 'epoch'), 'no count is too large');
select is_empty($$select n, s from generate_series(0, 80) n, unnest(array['', 'a', 'b', 'c']) s
                   where calculate_next_retry(n, 'epoch', p_seed => s)
                         > calculate_next_retry(n + 1, 'epoch', p_seed => s)
                      or calculate_next_retry(n, 'epoch', p_seed => s) > 'epoch'::timestamptz + interval '1 hour'
                      or calculate_next_retry(n, 'epoch', p_seed => s) < 'epoch'::timestamptz + interval '54 seconds'$$,
                'with jitter too delays never shrink, never exceed the maximum, and lose a tenth at most');
select ok((select count(distinct calculate_next_retry(9, 'epoch', p_seed => s::text)) > 90
             from generate_series(1, 100) s), 'seeds spread over time');
select ok((select min(d) < 10 and max(d) > 50
             from (select extract(epoch from calculate_next_retry(0, 'epoch', p_jitter => 1, p_seed => s::text)) d
                     from generate_series(1, 100) s) x), 'with a jitter of 1 over all of the delay');
select is(calculate_next_retry(3, 'epoch', p_seed => 'a'), calculate_next_retry(3, 'epoch', p_seed => 'a'),
          'the same arguments give the same answer');
select is((select provolatile from pg_proc where proname = 'calculate_next_retry'), 'i', 'it is immutable');
select ok(calculate_next_retry(0) between now() + interval '54 seconds' and now() + interval '1 minute',
          'the count alone will do');
select throws_ok('select calculate_next_retry(-1)', '22023', 'a retry count of -1 is negative');
select throws_ok($$select calculate_next_retry(1, now(), '-1 second')$$, '22023');
select throws_ok($$select calculate_next_retry(1, now(), '0')$$, '22023');
select throws_ok($$select calculate_next_retry(1, now(), '1 s', '-1 s')$$, '22023');
select throws_ok($$select calculate_next_retry(1, p_jitter => 1.5)$$, '22023');
select throws_ok($$select calculate_next_retry(1, p_jitter => 'NaN')$$, '22023');
select is(calculate_next_retry(null), null, 'nothing of nothing');

-- schedule_sync_retry
insert into integration_configs (id, name, provider, alert_emails, alert_webhook_url)
values (:crm, 'crm', 'acme', array['ops@example.com', 'crm@example.com'], 'https://example.com/hook');
insert into integration_sync_configs (id, integration_id, stream, sync_mode)
values (:contacts, :crm, 'contacts', 'incremental');
insert into integration_sync_history (id, sync_config_id, status, finished_at, max_retries)
values ('00000000-0000-0000-0000-0000000000b0', :contacts, 'failed', now(), 2);
insert into integration_sync_history (id, sync_config_id, status, finished_at)
values ('00000000-0000-0000-0000-0000000000b9', :contacts, 'succeeded', now());
select throws_ok($$select schedule_sync_retry('00000000-0000-0000-0000-0000000000ff')$$, 'NV030', null,
                 'an unknown run');
select throws_ok($$select schedule_sync_retry(null)$$, 'NV030', null, 'no run');
select throws_ok($$select schedule_sync_retry('00000000-0000-0000-0000-0000000000b9')$$, 'NV031', null,
                 'a run that succeeded is not retried');
select schedule_sync_retry('00000000-0000-0000-0000-0000000000b0') as first \gset
select is(schedule_sync_retry('00000000-0000-0000-0000-0000000000b0'), :'first'::uuid, 'asked again: the same retry');
select results_eq($$select status, retry_count, max_retries, original_sync_id, is_retry, triggered_by
                      from integration_sync_history where is_retry$$,
                  $$values ('pending', 1, 2, '00000000-0000-0000-0000-0000000000b0'::uuid, true, 'retry')$$,
                  'one row, linked to the run that failed');
select ok((select retry_at between now() + interval '54 seconds' and now() + interval '1 minute'
             from integration_sync_history where is_retry), 'due after the first delay');
select throws_ok(format('select schedule_sync_retry(%L)', :'first'), 'NV031', null,
                 'a retry that has not run is not retried');
update integration_sync_history set status = 'failed', finished_at = now() where id = :'first';
select schedule_sync_retry(:'first') as second \gset
select results_eq(format('select retry_count, original_sync_id from integration_sync_history where id = %L', :'second'),
                  $$values (2, '00000000-0000-0000-0000-0000000000b0'::uuid)$$,
                  'the second retry is linked to the root');
select ok((select retry_at > now() + interval '107 seconds' from integration_sync_history where id = :'second'),
          'and waits longer');
select is(schedule_sync_retry('00000000-0000-0000-0000-0000000000b0'), :'first'::uuid,
          'asked for the root again: its retry, as before');
update integration_sync_history set status = 'failed', finished_at = now() where id = :'second';
select throws_ok(format('select schedule_sync_retry(%L)', :'second'), 'NV032',
                 format('sync run %s has no retry left: 2 of 2 made', :'second'), 'beyond max_retries');
select throws_ok($$insert into integration_sync_history (sync_config_id, is_retry, retry_count, retry_at)
                   values ('00000000-0000-0000-0000-0000000000a1', true, 1, now())$$, '23514', null,
                 'a retry of nothing is no row');

-- pending_sync_retries
select is_empty('select * from pending_sync_retries', 'nothing is due');
update integration_sync_history set status = 'pending', finished_at = null where id = :'second';
select is_empty('select * from pending_sync_retries', 'a retry whose time has not come is not due');
update integration_sync_history set retry_at = now() - interval '1 second' where id = :'second';
select results_eq('select id, stream, integration_name, retry_count from pending_sync_retries',
                  format('values (%L::uuid, ''contacts'', ''crm'', 2)', :'second'), 'then it is');
update integration_sync_configs set is_active = false;
select is_empty('select * from pending_sync_retries', 'not while its configuration is off');
update integration_sync_configs set is_active = true;
update integration_configs set is_active = false;
select is_empty('select * from pending_sync_retries', 'nor while its integration is');
update integration_configs set is_active = true;
set enable_seqscan = off;
create function pg_temp.plan_of(p_query text) returns text language plpgsql as $$
declare v_plan text := ''; v_line text;
begin
  for v_line in execute 'explain ' || p_query loop v_plan := v_plan || v_line || E'\n'; end loop;
  return v_plan;
end
$$;
select matches(pg_temp.plan_of('select * from pending_sync_retries'),
               E'integration_sync_history_due.*\n *Index Cond: [(]retry_at <= now[(][)][)]',
               'what is due comes from an index');
reset enable_seqscan;

-- claims
select * from nova.claim_sync_retries('w1', 10, '1 minute') \gset claim_
select is(:'claim_id'::uuid, :'second'::uuid, 'a due retry is claimed');
select is_empty($$select * from nova.claim_sync_retries('w2', 10, '1 minute')$$, 'once');
select is_empty('select * from pending_sync_retries', 'and is no longer pending');
select throws_ok($$select * from nova.start_sync('00000000-0000-0000-0000-0000000000a1', 'w2', '1 minute')$$, 'NV035',
                 null, 'what is being synced is not started');
select throws_ok($$insert into integration_sync_history (sync_config_id, status, claim_token, lease_until)
                   values ('00000000-0000-0000-0000-0000000000a1', 'running', 1, now())$$, '23505', null, 'by nobody');
select set_eq(format($$select *
                         from nova.extend_syncs(array[%L, %L, '00000000-0000-0000-0000-0000000000ff']::uuid[],
                                                array[%s, 1, 1], '2 minutes')$$, :'second', :'first',
                     :claim_claim_token),
              format($$values (%L::uuid, 'accepted'), (%L, 'stale'), ('00000000-0000-0000-0000-0000000000ff', 'gone')$$,
                     :'second', :'first'), 'a lease is renewed with its token only');
select is(nova.finish_sync(:'second', :claim_claim_token + 1, 'succeeded'), 'stale', 'a stale token ends nothing');
select is((select status from integration_sync_history where id = :'second'), 'running', 'and changes nothing');
select is(nova.finish_sync('00000000-0000-0000-0000-0000000000ff', 1, 'failed'), 'gone', 'an unknown run is gone');
select throws_ok(format('select nova.finish_sync(%L, %s, ''done'')', :'second', :claim_claim_token), '22023', null,
                 'there is no such end');

-- the last retry fails: an outage, told once to each
select is(nova.finish_sync(:'second', :claim_claim_token, 'failed', 5, 0, 5, 'no route'), 'accepted',
          'its own token does');
select is(nova.finish_sync(:'second', :claim_claim_token, 'failed'), 'stale', 'once');
select results_eq($$select alert_type, channel, recipient, delivery_status from integration_alert_history
                     order by channel, recipient$$,
                  $$values ('failure', 'email', 'crm@example.com', 'pending'),
                           ('failure', 'email', 'ops@example.com', 'pending'),
                           ('failure', 'webhook', 'https://example.com/hook', 'pending')$$,
                  'no retry is left: everybody is told');
select matches((select message from integration_alert_history limit 1), 'contacts failed, no retry is left: no route',
               'and why');
create function pg_temp.run(p_status text, p_retries integer default 0, p_written bigint default 0) returns uuid
language plpgsql as $$
declare
  v_run record;
begin
  select * into v_run from nova.start_sync('00000000-0000-0000-0000-0000000000a1', 'w', '1 minute', 'test', p_retries);
  perform nova.finish_sync(v_run.id, v_run.claim_token, p_status, p_written, p_written, 0, 'because');
  return v_run.id;
end
$$;
select pg_temp.run('failed') \g /dev/null
select is((select count(*) from integration_alert_history), 3::bigint,
          'another exhausted run of the same outage tells nobody again');
select is((select consecutive_failures from integration_sync_configs), 2, 'but counts');
select pg_temp.run('failed') from generate_series(1, 2) \g /dev/null
select is((select count(*) from integration_alert_history where alert_type = 'repeated_failure'), 0::bigint,
          'four in a row');
select pg_temp.run('failed') \g /dev/null
select is((select count(*) from integration_alert_history where alert_type = 'repeated_failure'), 3::bigint,
          'five in a row are told');
select is((select count(distinct outage_key) from integration_alert_history), 1::bigint, 'under the key of the outage');
select pg_temp.run('failed') from generate_series(6, 20) \g /dev/null
select is((select count(*) from integration_alert_history where alert_type = 'disable_warning'), 3::bigint,
          'at twenty there is a warning');
select pg_temp.run('failed') from generate_series(21, 29) \g /dev/null
select ok((select is_active from integration_sync_configs), 'at twenty-nine it is still on');
select pg_temp.run('failed') \g /dev/null
select matches((select disabled_reason from integration_sync_configs where not is_active),
               '30 runs failed in a row; the last: because', 'at thirty it is switched off and says why');
select is((select count(*) from integration_alert_history where alert_type = 'disabled'), 3::bigint, 'and tells it');
select throws_ok($$select * from nova.start_sync('00000000-0000-0000-0000-0000000000a1', 'w2', '1 minute')$$, 'NV034',
                 null, 'what is switched off is not started');
select throws_ok($$select * from nova.start_sync('00000000-0000-0000-0000-0000000000ff', 'w2', '1 minute')$$, 'NV033',
                 null, 'nor what does not exist');
update integration_sync_configs set is_active = true, disabled_reason = null;
select pg_temp.run('succeeded', 0, 7) \g /dev/null
select is((select count(*) from integration_alert_history where alert_type = 'recovered'), 3::bigint,
          'the first success tells that it works again');
select results_eq($$select consecutive_failures, outage_started_at is null, last_sync_timestamp is not null
                      from integration_sync_configs$$, 'values (0, true, true)', 'and ends the outage');
select pg_temp.run('succeeded') \g /dev/null
select is((select count(*) from integration_alert_history where alert_type in ('recovered', 'success')), 3::bigint,
          'once');
update integration_configs set alert_on_success = true;
select pg_temp.run('succeeded') from generate_series(1, 2) \g /dev/null
select is((select count(*) from integration_alert_history where alert_type = 'success'), 6::bigint,
          'whoever wants it is told of each success');
update integration_configs set alert_on_success = false, alert_on_failure = false;
select pg_temp.run('failed') \g /dev/null
select is((select count(distinct outage_key) from integration_alert_history where alert_type = 'failure'), 1::bigint,
          'whoever does not want it is not told of a failure');
update integration_configs set alert_on_failure = true;
select pg_temp.run('succeeded') \g /dev/null

-- retries wait, are cancelled by a success, and follow from a lost worker
select pg_temp.run('failed', 3) as failed \gset
select is((select count(*) from integration_alert_history where alert_type = 'failure'), 3::bigint,
          'while retries are left nobody is told');
select is((select count(*) from integration_sync_history where original_sync_id = :'failed' and status = 'pending'),
          1::bigint, 'a failed run writes its retry');
select pg_temp.run('succeeded') \g /dev/null
select is((select status || ': ' || error_message from integration_sync_history where original_sync_id = :'failed'),
          'cancelled: a later run succeeded', 'which a success cancels');
select pg_temp.run('partial', 3, 5) as partly \gset
select results_eq('select consecutive_failures, outage_started_at is null from integration_sync_configs',
                  'values (0, true)', 'a run that got somewhere is no failure in a row, and no outage');
select is((select count(*) from integration_sync_history where original_sync_id = :'partly'), 1::bigint,
          'and is tried again');
update integration_sync_history set retry_at = now() where status = 'pending';
select * from nova.claim_sync_retries('lost', 10, '-1 second') \gset lost_
select is(nova.close_lost_syncs(), 1, 'a run whose lease is over is closed');
select is((select status || ', ' || error_message from integration_sync_history where id = :'lost_id'),
          'failed, worker lost: lost', 'with the reason');
select is((select max(retry_count) from integration_sync_history where original_sync_id = :'partly'), 2, 'and retried');
select is(nova.finish_sync(:'lost_id', :lost_claim_token, 'succeeded'), 'stale',
          'the lost worker changes nothing when it wakes');
select is(nova.close_lost_syncs(), 0, 'and it is closed once');

-- watermarks
select results_eq($$select update_sync_watermark('00000000-0000-0000-0000-0000000000a1', w, 'epoch')
                      from unnest(array['2026-01-02T00:00:00Z', '2026-01-02 01:00:00+01', '2026-01-01',
                                        '2026-01-02T00:00:00.000001Z']) w$$,
                  $$values ('advanced'), ('unchanged'), ('behind'), ('advanced')$$, 'points in time compare as such');
select throws_ok($$select update_sync_watermark('00000000-0000-0000-0000-0000000000a1', 'soon')$$, '22007', null,
                 'what is no time is refused');
select throws_ok($$select update_sync_watermark('00000000-0000-0000-0000-0000000000a1', 'infinity')$$, '22023', null,
                 'and what nothing could follow');
select throws_ok($$select update_sync_watermark('00000000-0000-0000-0000-0000000000a1', 'tomorrow')$$, '22007', null,
                 'a word whose meaning moves');
select throws_ok($$select update_sync_watermark('00000000-0000-0000-0000-0000000000a1', '11/05/2026')$$, '22007', null,
                 'and a date whose order is the session''s');
select throws_ok($$select update_sync_watermark('00000000-0000-0000-0000-0000000000ff', '1')$$, 'NV033', null,
                 'and an unknown configuration');
select nova.reset_sync_watermark(:contacts, null, 'ann', 'start over') \g /dev/null
select results_eq($$select who, action, arguments ->> 'from', arguments ->> 'to', reason from nova.operator_actions$$,
                  $$values ('ann', 'reset_sync_watermark', '2026-01-02T00:00:00.000001Z', null, 'start over')$$,
                  'a reset is recorded');
update integration_sync_configs set watermark_type = 'number';
select results_eq($$select update_sync_watermark('00000000-0000-0000-0000-0000000000a1', w)
                      from unnest(array['9', '10', '9.5', '10.0', '123456789012345678901']) w$$,
                  $$values ('advanced'), ('advanced'), ('behind'), ('unchanged'), ('advanced')$$,
                  'numbers compare as numbers');
select throws_ok($$select update_sync_watermark('00000000-0000-0000-0000-0000000000a1', 'NaN')$$, '22023', null,
                 'NaN is no watermark');
select throws_ok($$select update_sync_watermark('00000000-0000-0000-0000-0000000000a1', null)$$, '22004', null,
                 'nor is nothing');

-- alerts are sent with all others
update integration_alert_history set delivery_status = 'failed' where alert_type <> 'failure';
delete from nova.alert_notices where what <> 'failure';
create function pg_temp.claim(p_after interval) returns bigint language sql as $$
  select nova.gather_alerts('5 seconds', '10 minutes', clock_timestamp() + p_after);
  select count(*) from unnest(array['email', 'webhook']) k,
                       nova.claim_alert_deliveries('w', k, 10, '1 minute', 8, clock_timestamp() + p_after) $$;
create function pg_temp.ends(p_verdict text, p_kind text, p_after interval) returns void language sql as $$
  select nova.end_alert_deliveries(array_agg(d.id), array_agg(d.token), array_agg(p_verdict), array_agg('x'::text),
                                   array_agg('refused'::text), array_agg(interval '1 minute'),
                                   clock_timestamp() + p_after)
    from nova.alert_deliveries d join nova.alert_recipients r on r.id = d.recipient
   where d.state = 'sending' and r.kind = p_kind $$;
select is(pg_temp.claim('6 seconds'), 3::bigint, 'each recipient has a message');
select is((select count(*) from integration_alert_history where delivery_status = 'sending'), 3::bigint,
          'which is in hand');
select pg_temp.ends('sent', 'email', '7 seconds'), pg_temp.ends('retry', 'webhook', '7 seconds') \g /dev/null
select set_eq($$select channel, delivery_status, attempts, sent_at is not null, error_message
                  from integration_alert_history where alert_type = 'failure'$$,
              $$values ('email', 'sent', 1, true, 'refused'), ('webhook', 'pending', 1, false, 'refused')$$,
              'and the history says what became of it');
select pg_temp.claim('10 minutes') \g /dev/null
select pg_temp.ends('failed', 'webhook', '10 minutes') \g /dev/null
select results_eq($$select delivery_status, attempts, error_message from integration_alert_history
                     where alert_type = 'failure' and channel = 'webhook'$$, $$values ('failed', 2, 'refused')$$,
                  'also when it is given up');

-- channels hear of syncs too
select nova.set_alert_channel('ops', 'email', '{sre@example.com}', '', '', '', 'nova', false, '{}', '0', true)
\g /dev/null
select pg_temp.run('failed') from generate_series(1, 5) \g /dev/null
select is((select string_agg(n.what, ',') from nova.alert_notices n join nova.alert_recipients r on r.id = n.recipient
            where r.address = 'sre@example.com'), 'opened', 'of an outage once');
select pg_temp.run('succeeded') \g /dev/null
select is((select string_agg(n.what, ',' order by n.id) from nova.alert_notices n
             join nova.alert_recipients r on r.id = n.recipient where r.address = 'sre@example.com'), 'opened,ended',
          'and of its end');
select pg_temp.run('failed') \g /dev/null
delete from integration_sync_configs;
select is_empty('select from nova.alerts where ended_at is null', 'what is synced no longer has no outage');
select * from finish();
