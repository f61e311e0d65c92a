-- Runs as nodes claim them: by the clock, by hand and as retries; pages; ends; what a node that dies leaves.
set client_min_messages = warning;
select plan(57);
insert into integration_configs (id, name, provider) values ('00000000-0000-0000-0000-00000000000a', 'crm', 'postgres');
insert into integration_sync_configs (id, integration_id, stream)
values ('00000000-0000-0000-0000-0000000000a1', '00000000-0000-0000-0000-00000000000a', 'contacts');
create function pg_temp.claims() returns setof text language sql as
$$ select concat_ws(' ', name, retry_count) from nova.claim_syncs('node/7', 10, '1 minute') $$;
create function pg_temp.runs() returns text language sql as $$
  select string_agg(concat_ws(' ', h.status, h.error_class, h.triggered_by, h.retry_count), ', '
                    order by h.created_at, h.retry_count)
    from public.integration_sync_history h $$;

-- by hand
select is_empty('select pg_temp.claims()', 'nothing is due that has no schedule');
select is(nova.next_sync(), null, 'and nothing waits');
select throws_ok($$select nova.ask_sync('00000000-0000-0000-0000-0000000000ff', 'ann')$$, 'NV033', null,
                  'an unknown one');
select throws_ok($$select nova.ask_sync('00000000-0000-0000-0000-0000000000a1', 'ann', 'half')$$, '22023', null,
                  'an unknown mode');
select nova.ask_sync('00000000-0000-0000-0000-0000000000a1', 'ann') as asked \gset
select is(nova.ask_sync('00000000-0000-0000-0000-0000000000a1', 'bob', 'full'), :'asked'::uuid,
                  'asked again: the same run');
select is((select sync_mode from integration_sync_history), 'full', 'as the last one wants it');
select ok(nova.next_sync() <= clock_timestamp(), 'it is due');
select results_eq('select pg_temp.claims()', array['crm/contacts 0'], 'who claims gets it');
select is_empty('select pg_temp.claims()', 'once');
select throws_ok($$select nova.ask_sync('00000000-0000-0000-0000-0000000000a1', 'ann')$$, 'NV035', null,
                 'while it runs another one is refused');
select claim_token as token from integration_sync_history \gset

-- pages
select is(nova.sync_claim(:'asked', :token), 'good', 'the claim is good');
select is(nova.commit_sync_page(:'asked', :token, 10, 4, 3, 0, 2, 1, 100, '2026-01-01T00:00:00Z', '{"at": 1}',
                  '{"a": 1}'), 'accepted',
          'a page counts');
select is(nova.commit_sync_page(:'asked', :token, 5, 0, 0, 2, 5, 0, 50, null, null, '{"b": 2}'), 'accepted',
                  'and another one');
select results_eq('select records_read, records_inserted, records_updated, records_deleted, records_skipped,
                  records_failed, records_written, bytes, pages, checkpoint
                     from integration_sync_history',
                  $$values (15::bigint, 4::bigint, 3::bigint, 2::bigint, 7::bigint, 1::bigint, 9::bigint,
                  150::bigint, 2::bigint, '{"at": 1}'::jsonb)$$,
                  'they add up');
select results_eq('select watermark_value, state, last_sync_timestamp from integration_sync_configs',
                  $$values ('2026-01-01T00:00:00Z'::text, '{"a": 1, "b": 2}'::jsonb, null::timestamptz)$$,
                  'the watermark moves with the page, the state is merged, and the sync is not over');
select is(nova.commit_sync_page(:'asked', :token + 1, 1, 0, 0, 0, 1, 0, 1), 'stale', 'another token counts nothing');
select is(nova.commit_sync_page('00000000-0000-0000-0000-0000000000ff', 1, 1, 0, 0, 0, 1, 0, 1), 'stale',
                  'nor does an unknown run');
select is((select records_read from integration_sync_history), 15::bigint, 'nothing was counted');
select is(nova.cancel_sync(:'asked'), 'asked', 'somebody cancels it');
select is(nova.commit_sync_page(:'asked', :token, 1, 0, 0, 0, 1, 0, 1), 'cancelled', 'the next page is told');
select is(nova.sync_claim(:'asked', :token), 'cancelled', 'and who looks');
select is(nova.end_sync_run(:'asked', :token + 1, 'cancelled'), 'stale', 'another token ends nothing');
select is(nova.end_sync_run(:'asked', :token, 'cancelled', null, 'ann did it'), 'accepted', 'its own does');
select is(nova.cancel_sync(:'asked'), 'cancelled', 'it is over');
select throws_ok($$select nova.cancel_sync(null)$$, 'NV030', null, 'no run is cancelled');
select is((select consecutive_failures from integration_sync_configs), 0, 'that is no failure');

-- by the clock
select throws_ok($$update integration_sync_configs set cron = '0 0 30 2 *'$$, 'NM005', null, 'a cron that never comes');
select throws_ok($$update integration_sync_configs set cron = '@daily', every = '1 hour'$$, 'NM005', null,
                  'two schedules');
select throws_ok($$update integration_sync_configs set every = '1 ms'$$, 'NM005', null, 'too often');
select throws_ok($$update integration_sync_configs set timezone = 'Mars/Base', cron = '@daily'$$, 'NM005', null,
                  'an unknown time zone');
select throws_ok($$update integration_sync_configs set retry_base = '0'$$, '22023', null, 'no pause');
delete from integration_sync_history;
update integration_sync_configs set every = '1 hour', retry_base = '10 seconds', retry_max = '15 seconds',
                  max_retries = 2, watermark_value = null;
select ok((select next_run_at > clock_timestamp() + interval '59 minutes' from integration_sync_configs),
                  'an edit runs nothing of the past');
update integration_sync_configs set next_run_at = clock_timestamp() - interval '1 day';
select results_eq('select pg_temp.claims()', array['crm/contacts 0'], 'a slot that was missed is made up for, once');
select ok((select next_run_at > clock_timestamp() + interval '59 minutes' from integration_sync_configs),
                  'and the next one is planned');
select is(pg_temp.runs(), 'running schedule 0', 'it is in the history as such');
update integration_sync_configs set next_run_at = clock_timestamp() + interval '2 days';
select is(nova.plan_due_syncs(), 0, 'while it runs none is added');

-- retries
create function pg_temp.fail(p_written bigint default 0) returns text language sql as $$
  select nova.commit_sync_page(h.id, h.claim_token, p_written, p_written, 0, 0, 0, 0, 0, null, '{"at": 2}')
         || nova.end_sync_run(h.id, h.claim_token, 'failed', 'network', 'no route')
    from public.integration_sync_history h where h.status = 'running' $$;
select is(pg_temp.fail(), 'acceptedaccepted', 'a run fails');
select ok((select retry_at between clock_timestamp() + interval '8 seconds' and clock_timestamp() + interval '10
                  seconds'
             from integration_sync_history where status = 'pending'), 'its retry has the pause of its configuration');
select is(nova.plan_due_syncs(), 0, 'the clock waits for it');
update integration_sync_history set retry_at = clock_timestamp() where status = 'pending';
select results_eq('select pg_temp.claims()', array['crm/contacts 1'], 'it is claimed when its time has come');
select is((select checkpoint from integration_sync_history where status = 'running'), '{"at": 2}'::jsonb,
                  'and goes on where the last one ended');
select pg_temp.fail() \g /dev/null
select ok((select retry_at between clock_timestamp() + interval '12 seconds' and clock_timestamp() + interval '15
                  seconds'
             from integration_sync_history where status = 'pending'), 'the next one waits longer, up to the maximum');
update integration_sync_history set retry_at = clock_timestamp() where status = 'pending';
select pg_temp.claims() \g /dev/null
select pg_temp.fail(5) \g /dev/null
select is(pg_temp.runs(), 'failed network schedule 0, failed network retry 1, failed network retry 2, pending retry 3',
          'what a run committed gives it its retries back');
select nova.ask_sync('00000000-0000-0000-0000-0000000000a1', 'ann') \g /dev/null
select is((select error_message from integration_sync_history where status = 'cancelled'),
                  'somebody asked for a run', 'who asks does not wait for the retry');

-- given back
delete from integration_sync_history where status <> 'pending';
select pg_temp.claims() \g /dev/null
select is((select nova.release_syncs(array[id], array[claim_token + 1]) from integration_sync_history), 0,
                  'another token gives nothing back');
select is((select nova.release_syncs(array[id], array[claim_token]) from integration_sync_history), 1,
                  'a run is given back');
select is(pg_temp.runs(), 'pending ann 0', 'and waits as if it had not begun');
select pg_temp.claims() \g /dev/null

-- a node dies
insert into nova.cluster_nodes (id, name, epoch, state, version, roles, lease_until)
  overriding system value values (7, 'n7', 7, 'up', 'v', '{jobs}', clock_timestamp());
update nova.cluster_nodes set ended_at = clock_timestamp(), state = 'dead' where epoch = 7;
select is(pg_temp.runs(), 'failed worker_lost ann 0, pending retry 1', 'its runs end in the transaction that says so');
select ok((select retry_at <= clock_timestamp() from integration_sync_history where status = 'pending'),
                  'the first time its retry is due at once');
select pg_temp.claims() \g /dev/null
select is(nova.release_syncs_of('{node/7}'), 1, 'the second time');
select ok((select retry_at > clock_timestamp() + interval '5 seconds'
                  from integration_sync_history where status = 'pending'),
          'it waits, because it may be the run that ends it');

-- what is off
update integration_sync_history set retry_at = clock_timestamp() where status = 'pending';
update integration_sync_configs set is_active = false;
select is_empty('select pg_temp.claims()', 'of what is switched off nothing is claimed');
select throws_ok($$select nova.ask_sync('00000000-0000-0000-0000-0000000000a1', 'ann')$$, 'NV034', null,
                  'nor is it asked for');
select is(nova.next_sync(), null, 'and nobody waits for it');
select set_eq('select sync || state from nova.syncs_shown()', array['crm/contactswaiting'], 'it is shown');

-- what goes with a configuration
insert into integration_records (sync_config_id, key, record, hash)
values ('00000000-0000-0000-0000-0000000000a1', 'k', '{}', ''), ('00000000-0000-0000-0000-0000000000ff', 'k', '{}', '');
delete from integration_configs;
select is((select string_agg(sync_config_id::text, ' ') from integration_records),
          '00000000-0000-0000-0000-0000000000ff', 'the records of a configuration go with it, and no others');
select is((select count(*) from integration_sync_history), 0::bigint, 'and its runs');
select * from finish();
