-- Outages that end and begin again, alerts that end their senders, deletions, upkeep, a clock that goes back.
set client_min_messages = warning;
select no_plan();

insert into integration_configs (name, provider, alert_emails) values ('crm', 'x', '{ops@example.org}')
returning id as integration \gset
insert into integration_sync_configs (integration_id, stream) values (:'integration', 'contacts')
returning id as sync \gset
create function pg_temp.run(p_status text, p_written bigint default 0) returns text language sql as $$
  select nova.finish_sync(s.id, s.claim_token, p_status, 100, p_written, 0, 'boom')
    from integration_sync_configs c, nova.start_sync(c.id, 'w', '5 minutes', 'schedule', 0) s
$$;
create function pg_temp.alerts() returns text language sql as $$
  select string_agg(alert_type || ' ' || n, ', ' order by alert_type)
    from (select alert_type, count(*) as n from integration_alert_history group by 1) a
$$;

-- Switched off, and on again by hand
select count(pg_temp.run('failed')) from generate_series(1, 30) \g /dev/null
select is(pg_temp.alerts(), 'disable_warning 1, disabled 1, failure 1, repeated_failure 1', 'thirty failures');
update integration_sync_configs set is_active = true, disabled_reason = null;
select pg_temp.run('failed') \g /dev/null
select results_eq('select is_active, consecutive_failures, disabled_reason from integration_sync_configs',
                  'values (true, 1, null::text)', 'who is switched on again may fail once');
select is(pg_temp.alerts(), 'disable_warning 1, disabled 1, failure 2, repeated_failure 1',
          'and is told of as a new outage');
select count(pg_temp.run('failed')) from generate_series(1, 29) \g /dev/null
select results_eq('select is_active, consecutive_failures from integration_sync_configs', 'values (false, 30)',
                  'thirty more switch it off');
select is(pg_temp.alerts(), 'disable_warning 2, disabled 2, failure 2, repeated_failure 2', 'which is told');

-- A run that gets somewhere ends the outage
update integration_sync_configs set is_active = true;
select count(pg_temp.run('partial', 99)) from generate_series(1, 20) \g /dev/null
select results_eq('select is_active, consecutive_failures, outage_started_at, disabled_reason
                     from integration_sync_configs', 'values (true, 0, null::timestamptz, null::text)',
                  'a partial run ends an outage');
select is(pg_temp.alerts(), 'disable_warning 2, disabled 2, failure 3, recovered 1, repeated_failure 2',
          'which is told once, and once that records fail');
select count(pg_temp.run('failed')) from generate_series(1, 30) \g /dev/null
select is(pg_temp.alerts(), 'disable_warning 3, disabled 3, failure 4, recovered 1, repeated_failure 3',
          'the next outage is not silent');

-- A later outage is sent too, although its alert is of the same type
select is((select count(*) from nova.alert_notices where what = 'failure'), 4::bigint, 'each failure has its notice');

-- An alert whose sender dies again and again
delete from integration_alert_history where alert_type <> 'recovered';
delete from nova.alert_notices where what <> 'recovered';
select nova.gather_alerts('0', '0', clock_timestamp()) \g /dev/null
create procedure pg_temp.claim_and_die(p_after interval) language sql as $$
  select nova.claim_alert_deliveries('w', 'email', 10, '1 microsecond', 8, clock_timestamp() + p_after);
$$;
call pg_temp.claim_and_die('0');
select is((select delivery_status || ' ' || attempts from integration_alert_history), 'sending 0', 'claimed');
do $$ begin for i in 1..20 loop call pg_temp.claim_and_die(i * interval '2 minutes'); end loop; end $$;
select results_eq('select delivery_status, attempts, error_message from integration_alert_history',
                  $$values ('failed', 8, 'its sender ended without a word: w')$$,
                  'each silence is an attempt: it ends');

-- A lease has an end, by hand too
update integration_sync_configs set is_active = true;
select id as run from nova.start_sync(:'sync', 'w', '5 minutes') \gset
select throws_ok('update integration_sync_history set lease_until = null ', '23514', null,
                 'no run without an end of its lease');

-- The clock goes back
update integration_sync_history
   set started_at = started_at + interval '1 day', lease_until = lease_until + interval '1 day' where id = :'run';
select is(nova.close_lost_syncs(), 0, 'a run of the future is not lost');
select ok((select lease_until between now() and now() + interval '6 minutes' from integration_sync_history
            where id = :'run'), 'but its lease is as long as it was');
update integration_sync_history
   set lease_until = now() - interval '1 second' where id = :'run';
select nova.close_lost_syncs() \g /dev/null
insert into integration_sync_history (sync_config_id, status, triggered_by, retry_count, retry_at, original_sync_id,
                                      is_retry, created_at)
values (:'sync', 'pending', 'retry', 2, now() + interval '1 day 30 seconds', :'run', true, now() + interval '1 day');
select nova.close_lost_syncs() \g /dev/null
select ok((select retry_at between now() and now() + interval '1 minute'
             from integration_sync_history where retry_count = 2), 'a retry waits no longer than it had to');

-- Deleting follows indexes
truncate integration_sync_history cascade;
insert into integration_sync_history (sync_config_id, status, finished_at, started_at, created_at)
select :'sync', 'succeeded', now(), now(), now() - n * interval '5 minutes' from generate_series(1, 20000) n;
analyze integration_sync_history;
create function pg_temp.looks() returns bigint language sql as $$
  select coalesce(pg_stat_get_xact_tuples_returned('integration_sync_history'::regclass), 0)
$$;
begin;
select pg_temp.looks() as before \gset
delete from integration_sync_history where id in (select id from integration_sync_history limit 100);
select cmp_ok(pg_temp.looks() - :before, '<', 50000::bigint, 'the retries of what is deleted are found by an index');
commit;

-- Upkeep
update integration_sync_history set created_at = now() - interval '91 days', finished_at = now() - interval '91 days'
 where id in (select id from integration_sync_history order by created_at limit 500);
insert into integration_alert_history (integration_id, sync_config_id, alert_type, channel, recipient, outage_key,
                                       message, delivery_status, sent_at, created_at)
select :'integration', :'sync', 'failure', 'email', 'ops@example.org', key, 'x', status, sent, now() - age
  from (values ('old', 'sent', now(), interval '91 days'), ('new', 'sent', now(), '1 day'),
               ('waits', 'pending', null, '91 days')) v (key, status, sent, age);
update integration_sync_configs set outage_started_at = now() - interval '100 days';
insert into integration_alert_history (integration_id, sync_config_id, alert_type, channel, recipient, outage_key,
                                       message, delivery_status, sent_at, created_at)
select :'integration', :'sync', 'failure', 'email', 'ops@example.org', nova.sync_outage_key(c), 'x', 'sent', now(),
       now() - interval '100 days' from integration_sync_configs c;
delete from integration_alert_history where alert_type = 'recovered';
select is(nova.prune_syncs(), 501::bigint, 'old runs and alerts go');
select is((select string_agg(left(outage_key, 5), ' ' order by outage_key !~ '-', outage_key)
             from integration_alert_history), left(:'sync', 5) || ' new waits',
          'what is new, was not sent or belongs to an outage that lasts stays');
select is(nova.prune_syncs(), 0::bigint, 'once');

-- Watermarks of another type
update integration_sync_configs set watermark_type = 'timestamp', watermark_value = '2026-06-01T00:00:00Z';
update integration_sync_configs set watermark_type = 'number';
select throws_like(format('select update_sync_watermark(%L, %L)', :'sync', '5'),
                   'the watermarks "5" and "2026-06-01T00:00:00Z" (the stored one) are not both of type number',
                   'a change of the type says what is in the way');
select * from finish();
