-- What cannot be told to somebody, or cannot be ended, keeps nothing else from it.
set client_min_messages = error;
select plan(8);
insert into integration_configs (id, name, provider, alert_emails, alert_webhook_url)
values ('00000000-0000-0000-0000-00000000000a', 'crm', 'x',
        array['ops@example.org', null, '', ' ', (select string_agg(md5(n::text), '') from generate_series(1, 300) n)],
        null),
       ('00000000-0000-0000-0000-00000000000b', 'erp', 'x', '{}', null);
insert into integration_sync_configs (id, integration_id, stream)
values ('00000000-0000-0000-0000-0000000000a1', '00000000-0000-0000-0000-00000000000a', 'contacts'),
       ('00000000-0000-0000-0000-0000000000b1', '00000000-0000-0000-0000-00000000000b', 'orders');

select s.* from nova.start_sync('00000000-0000-0000-0000-0000000000a1', 'w', '1 minute', 'manual', 0) s \gset sync_
select is(nova.finish_sync(:'sync_id', :sync_claim_token, 'failed', 1, 0, 0, 'boom'), 'accepted',
          'a recipient that is none keeps no run from ending');
select results_eq('select channel, recipient from integration_alert_history', $$values ('email', 'ops@example.org')$$,
                  'the others are told');

select nova.start_sync(c.id, 'w', '-1 second', 'manual', 0) from integration_sync_configs c \g /dev/null
select is(nova.close_lost_syncs(), 2, 'nor a lost one');

-- Whatever else may be wrong with one.
create function pg_temp.refuse() returns trigger language plpgsql as $$ begin raise exception 'no'; end $$;
create trigger refuse before update on integration_sync_history for each row
  when (new.sync_config_id = '00000000-0000-0000-0000-0000000000a1') execute function pg_temp.refuse();
select nova.start_sync(c.id, 'w', '-1 second', 'manual', 0) from integration_sync_configs c \g /dev/null
select is(nova.close_lost_syncs(), 1, 'a run that cannot be ended is skipped');
select results_eq($$select sync_config_id from integration_sync_history where status = 'running'$$,
                  $$values ('00000000-0000-0000-0000-0000000000a1'::uuid)$$, 'it alone goes on');
select throws_ok($$select nova.close_lost_syncs('00000000-0000-0000-0000-0000000000a1')$$, 'P0001', 'no',
                 'who asks for it alone is told');
drop trigger refuse on integration_sync_history;
select is(nova.close_lost_syncs(), 1, 'until it can');
select is_empty($$select from integration_sync_history where status = 'running'$$, 'then none is left');
select * from finish();
