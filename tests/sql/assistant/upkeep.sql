-- Upkeep of the assistant's tables: what tasks do with the owner's rights for a role that has none.
set client_min_messages = warning;
set timezone = 'UTC';
select plan(50);
insert into tenants (id, name, slug) values ('t', 't', 't');
insert into users (id, tenant_id, email) values ('u', 't', 'u@example.com'), ('v', 't', 'v@example.com');
insert into conversations (id, tenant_id, user_id, title, updated_at)
select 'c' || i, 't', 'u', 'x', now() - i * interval '1 month' from generate_series(1, 12) i;
insert into messages (id, conversation_id, role, content)
select 'm' || i, 'c1', 'user', 'x' from generate_series(1, 3) i;
update conversations set updated_at = now() - interval '1 minute' where id = 'c1';
insert into feedback (message_id, user_id, rating) values ('m1', 'u', 1), ('m1', 'v', -1), ('m2', 'u', 1);
select nova.make_worker('nova_upkeep_worker');
grant usage on schema tap to nova_upkeep_worker;

-- Whose tasks there are, and when.
select is((select count(*) from nova.upkeep_tasks where system = 'assistant' and next_run_at < now()), 0::bigint,
          'no slot counts that was before the system was installed');
update nova.upkeep_tasks set next_run_at = now() where system = 'assistant' and enabled;
select is((select count(*) from nova.claim_upkeep('w', '1 minute', 100) where name !~ '^(fill|prune|reread)'),
          10::bigint, 'its tasks are due where it is installed');
select is((select enabled from nova.upkeep_tasks where name = 'retain_usage_metrics'), false,
          'but what deletes usage waits for somebody who wants it');
select nova.release_upkeep(array_agg(name), array_agg(token)) from nova.upkeep_tasks;

set role nova_upkeep_worker;
select throws_ok($$select * from public.usage_metrics$$, '42501', null, 'the role of nodes sees no usage');
select throws_ok($$refresh materialized view monthly_usage_summary$$, '42501', null, 'refreshes nothing itself');

-- Refresh. Counters of the statistics are flushed when a session has nothing to do for a moment.
reset role;
select pg_stat_force_next_flush() where to_regproc('pg_stat_force_next_flush') is not null;
set role nova_upkeep_worker;
select results_eq($$select refreshed, rows, bytes > 0 from nova.refresh_view('refresh_message_feedback_summary')$$,
                  'values (true, 2::bigint, true)', 'a view is refreshed');
select results_eq($$select refreshed, rows, bytes from nova.refresh_view('refresh_message_feedback_summary')$$,
                  'values (false, 0::bigint, 0::bigint)', 'once, while nothing changes');
reset role;
insert into messages (id, conversation_id, role, content) values ('m9', 'c1', 'user', 'x');
select pg_stat_force_next_flush();
select is((select refreshed from nova.refresh_view('refresh_message_feedback_summary')), false,
          'a message that nobody rated changes nothing');
insert into feedback (message_id, user_id, rating) values ('m3', 'u', -1);
select pg_stat_force_next_flush();
select results_eq($$select refreshed, rows from nova.refresh_view('refresh_message_feedback_summary')$$,
                  'values (true, 3::bigint)', 'feedback does');
select is((select count(*) from message_feedback_summary), 3::bigint, 'and is in the view');
truncate feedback;
select results_eq($$select refreshed, rows from nova.refresh_view('refresh_message_feedback_summary')$$,
                  'values (true, 0::bigint)', 'so does emptying the table');
refresh materialized view monthly_usage_summary with no data;
select results_eq($$select refreshed, rows from nova.refresh_view('refresh_monthly_usage_summary')$$,
                  'values (true, 0::bigint)', 'one that was never filled is filled');
select throws_ok(format('select nova.refresh_view(%L)', name), '22023', null, name || ' is no task that refreshes')
  from unnest(array['sizes', 'nothing']) name;
create role nova_upkeep_owner;
grant create on schema public to nova_upkeep_owner;
grant usage on schema nova to nova_upkeep_owner;
grant all on all tables in schema nova to nova_upkeep_owner;
grant execute on all functions in schema nova to nova_upkeep_owner;
alter table usage_metrics owner to nova_upkeep_owner;
alter function nova.refresh_view(text) owner to nova_upkeep_owner;
select throws_ok($$select nova.refresh_view('refresh_monthly_usage_summary')$$, '42501', null,
                 'an owner from whom policies hide the rows is refused, and stores no empty view');
alter function nova.refresh_view(text) owner to postgres;
alter table usage_metrics owner to postgres;

-- Statistics and vacuum.
set role nova_upkeep_worker;
select is(nova.analyze_table('conversations'), 12::bigint, 'a table is analyzed');
select throws_ok(format('select nova.analyze_table(%L)', name), '22023', null, name || ' is not analyzed')
  from unnest(array['tenants', 'pg_catalog.pg_authid', 'messages; drop table users', '']) name;
select results_eq($$select statement, may from nova.vacuum_statement('messages')$$,
                  $$values ('vacuum (analyze) public.messages', false)$$, 'the role of nodes may not vacuum');
reset role;
select is((select may from nova.vacuum_statement('messages')), true, 'the owner may');
select throws_ok($$select nova.vacuum_statement('tenants')$$, '22023', null, 'nor everything');

-- Archive.
create temp view times as select id, updated_at, is_archived from conversations;
create temp table before as select * from times;
grant select on times, before to nova_upkeep_worker;
set role nova_upkeep_worker;
select is(nova.archive_conversations('6 months', 2), 2::bigint, 'old conversations are archived in batches');
reset role;
select set_eq('select id from times where is_archived', $$values ('c12'), ('c11')$$, 'the oldest first');
select is(nova.archive_conversations('6 months'), 5::bigint, 'until none is left');
select is(nova.archive_conversations('6 months'), 0::bigint, 'and then none');
select results_eq('select id, updated_at from times order by 1', 'select id, updated_at from before order by 1',
                  'updated_at of none has moved');
update conversations set is_archived = true where id = 'c5';
select results_eq('select id, updated_at from times order by 1', 'select id, updated_at from before order by 1',
                  'nor by archiving by hand');
update conversations set is_archived = false where id = 'c12';
update conversations set is_archived = true, title = 'y' where id = 'c4';
select set_eq('select id from times where updated_at > now() - interval ''1 minute'' and id <> ''c1''',
              $$values ('c12'), ('c4')$$, 'but by taking one out again, and by any other change');
select is(nova.archive_conversations('6 months'), 0::bigint, 'so that it is not archived at once again');
select throws_ok(format('select nova.archive_conversations(%L)', older), '22023', null,
                 'what is not old is not archived: ' || coalesce(older, 'null'))
  from unnest(array['0', '23 hours', '-6 months', null]) older;
select dblink_connect('other', current_setting('nova_test.connection')) \g /dev/null
update conversations set is_archived = false, updated_at = '2020-01-01' where id in ('c8', 'c9');
alter table conversations disable trigger trigger_conversations_updated_at;
update conversations set updated_at = '2020-01-01' where id in ('c8', 'c9');
alter table conversations enable trigger trigger_conversations_updated_at;
select dblink_exec('other', 'begin') \g /dev/null
select * from dblink('other', $$select id from public.conversations where id = 'c8' for update$$) d (id text)
 \g /dev/null
select is(nova.archive_conversations('6 months'), 1::bigint, 'one that somebody works on is left for the next time');
select dblink_exec('other', 'rollback') \g /dev/null

-- Export.
insert into usage_metrics (id, tenant_id, user_id, date, total_messages, estimated_cost)
select 'r' || i, 't', case when i % 2 = 0 then 'u' else 'v' end, '2025-01-20'::date + i / 2, i, i * 0.0000001
  from generate_series(1, 60) i;
insert into usage_metrics (id, tenant_id, user_id, date) values (E'a "quoted",\nid', 't', 'u', '2025-01-01');
create temp table made as select created_at as at from usage_metrics where date = '2025-01-01';
grant select on made to nova_upkeep_worker;
set role nova_upkeep_worker;
select results_eq($$select month, rows from nova.usage_months('1 month')$$,
                  $$values ('2025-01-01'::date, 24::bigint), ('2025-02-01', 37)$$, 'the months that are over');
select is_empty($$select * from nova.usage_months('10000 days')$$, 'for so long');
select results_eq($$select date, id, line from nova.usage_page('2025-01-01', null, null, 1, 'csv')$$,
  $$select '2025-01-01'::date, E'a "quoted",\nid', format(E'"a ""quoted"",\nid","t","u",2025-01-01,0,0,0,%s,%1$s',
                                                          to_jsonb(at) #>> '{}') from made$$, 'a line of CSV');
select results_eq($$select id, line::jsonb ->> 'id', line !~ E'\n'
                      from nova.usage_page('2025-01-01', null, null, 1, 'ndjson')$$,
                  $$values (E'a "quoted",\nid', E'a "quoted",\nid', true)$$, 'a line of JSON');
select is((select line::jsonb ->> 'estimated_cost'
             from nova.usage_page('2025-02-01', '2025-02-10', 'r43', 1, 'ndjson')), '0.0000044',
          'the next of the same day, whose cost is exact');
select is((select bit_xor(content) from nova.usage_page('2025-02-01', null, null, 100, 'csv')),
          (select content from nova.usage_months('1 month') where month = '2025-02-01'),
          'the lines of a month are those of which the month''s number tells');
select throws_ok(format('select * from nova.usage_page(%L, null, null, 1, %L)', date_trunc('month', now())::date,
                        'csv'), '22023', null, 'nobody reads the month that is not over');

-- Deletion of what is in a file.
select throws_ok($$select nova.delete_exported_usage('2025-02-01', 1, '24 hours', '{}', '{}')$$, '22023',
                 'usage is kept for 31 days or longer, not for 24:00:00', 'what is not old stays');
select throws_ok($$select nova.delete_exported_usage('2025-02-01', 1, '31 days', '{}', '{}')$$, '22023', null,
                 'and what was not exported');
insert into nova.upkeep_exports (target, month, part, format, file, rows, bytes, sha256, content)
values ('usage_metrics', '2025-02-01', 1, 'csv', 'f', 36, 1, 'x', 0);
reset role;
create temp table lines as select id, line from nova.usage_page('2025-02-01', null, null, 100, 'csv');
grant select on lines to nova_upkeep_worker;
update usage_metrics set total_messages = 1000 where id = 'r40';
set role nova_upkeep_worker;
select throws_ok($$select nova.delete_exported_usage('2025-02-01', 1, '31 days', array['r25'], '{}')$$, '22023', null,
                 'unequal arrays');
select is((select nova.delete_exported_usage('2025-02-01', 1, '31 days', array_agg(id), array_agg(line)) from lines),
          36::bigint, 'rows that are in the file are deleted');
reset role;
select set_eq($$select id from usage_metrics where date >= '2025-02-01'$$, $$values ('r40')$$,
              'what has changed since then stays');
insert into nova.upkeep_exports (target, month, part, format, file, rows, bytes, sha256, content)
values ('usage_metrics', '2025-01-01', 1, 'csv', 'g', 1, 1, 'x', 0);
select is((select nova.delete_exported_usage('2025-01-01', 1, '31 days', array['r40'], array[
             (select line from nova.usage_page('2025-02-01', null, null, 1, 'csv'))])), 0::bigint,
          'nothing of another month');
select set_eq('select month, deleted_rows, deleting_since is not null from nova.upkeep_exports',
              $$values ('2025-02-01'::date, 36::bigint, true), ('2025-01-01', 0, true)$$, 'it is noted');
select * from finish();
