set client_min_messages = warning;
select plan(25);
select id as a from nova.register_node('a', '{}', '1.2') \gset
select is(nova.record_actor_failures(:a, array[null]::timestamptz[], array['thread_sync'], array['t1'],
                                     array['page 17 has no id'], array['reading page 17'], array['page'], array[2]),
          1::bigint, 'a failure has a number');
select results_eq($$select node_id, node_name, version, kind, key, reason, message_type, doing, restart_number
                      from nova.actor_failures$$,
                  format($$values (%s::bigint, 'a', '1.2', 'thread_sync', 't1', 'page 17 has no id', 'page',
                                   'reading page 17', 2)$$, :a), 'and is kept with what was being done');
select is(nova.record_actor_failures(null, array[null]::timestamptz[], array['node'], array[''],
                                     array[repeat('x', 10000)], array[''], array[''], array[0]), 2::bigint,
          'also before the node is registered');
select is((select length(reason) from nova.actor_failures where id = 2), 4000, 'long reasons are cut');
select set_eq($$select nova.record_actor_failures(1, array['2026-01-01', null]::timestamptz[], array['k', 'k'],
                                                  array['', ''], array['r 1', 'r 2'], array['', ''], array['', ''],
                                                  array[0, 0])$$, array[3, 4]::bigint[], 'many at once');
select is((select count(distinct fingerprint) from nova.actor_failures where id > 2), 1::bigint,
          'numbers do not make another cause');
select is((select at from nova.actor_failures where id = 3), '2026-01-01'::timestamptz, 'with their own time');
select ok((select at > clock_timestamp() - interval '1 minute' from nova.actor_failures where id = 4), 'or now');

update nova.actor_failures set at = clock_timestamp() - interval '15 days' where id in (1, 3);
update nova.actor_failures set at = clock_timestamp() - interval '5 days' where id = 2;
select is(nova.prune_actor_failures(at_most => 1), 1::bigint, 'so many a call');
select is(nova.prune_actor_failures(), 1::bigint, 'two weeks are kept');
select nova.set_setting('actor_failures_keep_days', '3', 'ann');
select is(nova.prune_actor_failures(), 1::bigint, 'or what the setting says');
select is(nova.prune_actor_failures('0 s'), 1::bigint, 'or the caller');

-- Settings
select settings_revision as before from nova.cluster_state \gset
select is(nova.set_setting('log_level', '"debug"', 'ann', 'looking for it'), (:before + 1)::bigint,
          'a change is a revision');
select results_eq($$select value, revision, changed_by, reason, revert_at, revert_to from nova.settings
                     where key = 'log_level'$$,
                  format($$values ('"debug"'::jsonb, %s::bigint, 'ann', 'looking for it', null::timestamptz,
                                   null::jsonb)$$, :before + 1), 'with who and why');
select nova.set_setting('log_level', '"trace"', 'bob', '', '1 hour');
select results_eq($$select value, revert_to,
                           revert_at between clock_timestamp() + interval '59 min'
                                         and clock_timestamp() + interval '1 hour'
                      from nova.settings where key = 'log_level'$$,
                  $$values ('"trace"'::jsonb, '"debug"'::jsonb, true)$$, 'a change for a time knows what was before');
select nova.set_setting('log_level', '"off"', 'bob', '', '1 hour');
select is((select revert_to from nova.settings where key = 'log_level'), '"debug"'::jsonb, 'also the second one');
select is_empty('select nova.revert_due_settings()', 'nothing is due');
select nova.set_setting('pace', '9', 'ann', '', '1 hour');
update nova.settings set revert_at = clock_timestamp() - interval '1 s' where revert_at is not null;
select results_eq('select nova.revert_due_settings()', array['log_level', 'pace'], 'what is due goes back');
select is((select value from nova.settings where key = 'log_level'), '"debug"'::jsonb, 'to what it was');
select is_empty($$select from nova.settings where key = 'pace'$$, 'or to nothing');
select is(nova.clear_setting('log_level'), true, 'a setting is taken away');
select is(nova.clear_setting('log_level'), false, 'once');

select is(nova.record_operator_action('ann', 'operate', 'shell', 'drain', 'node a', '{"within": 30}', 'upgrade'),
          1::bigint, 'an action has a number');
select results_eq('select who, role, via, action, target, arguments, reason, outcome from nova.operator_actions',
                  $$values ('ann', 'operate', 'shell', 'drain', 'node a', '{"within": 30}'::jsonb, 'upgrade', 'done')$$,
                  'and is kept');
set role service_role;
\set ON_ERROR_STOP 0
update nova.operator_actions set who = 'nobody';
\set ON_ERROR_STOP 1
reset role;
select is((select who from nova.operator_actions), 'ann', 'the service cannot change it');
select * from finish();
