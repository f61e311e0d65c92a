select plan(18);
select columns_are('nova', t, c) from (values
  ('cluster_state'::name, array['id', 'version', 'protocol_floor', 'settings_revision']::name[]),
  ('cluster_nodes',
   array['id', 'name', 'epoch', 'roles', 'address', 'version', 'protocol', 'protocol_min', 'capacity', 'load',
         'machine', 'state', 'started_at', 'heartbeat_at', 'lease_until', 'steady_since', 'ended_at', 'dead_by',
         'dead_reason', 'left_behind', 'drained_at', 'drained_until', 'drained_by', 'drain_reason']),
  ('cluster_suspicions', array['target', 'voter', 'at', 'refused', 'reason']),
  ('cluster_leases', array['name', 'holder', 'token', 'acquired_at', 'expires_at', 'not_before']),
  ('actor_failures',
   array['id', 'at', 'node_id', 'node_name', 'version', 'kind', 'key', 'reason', 'fingerprint', 'message_type', 'doing',
         'restart_number']),
  ('settings', array['key', 'value', 'revision', 'changed_at', 'changed_by', 'reason', 'revert_at', 'revert_to']),
  ('operator_actions',
   array['id', 'at', 'who', 'role', 'via', 'action', 'target', 'arguments', 'reason', 'outcome',
         'node_id'])) as wanted(t, c);
select is_empty($$select relname from pg_class
                   where relname in ('cluster_state', 'cluster_nodes', 'cluster_suspicions', 'cluster_leases',
                                     'actor_failures', 'settings', 'operator_actions')
                     and (not relrowsecurity or obj_description(oid, 'pg_class') is null)$$,
                'each has a comment and row-level security');
select is_empty($$select c.relname, r from pg_class c, unnest(array['anon', 'authenticated']) r
                   where relname in ('cluster_state', 'cluster_nodes', 'cluster_suspicions', 'cluster_leases',
                                     'actor_failures', 'settings', 'operator_actions')
                     and (has_table_privilege(r, c.oid, 'select') or has_table_privilege(r, c.oid, 'insert'))$$,
                'a browser may do nothing');
select ok(has_table_privilege('service_role', 'nova.cluster_nodes', 'update'), 'the service may');
select ok(not has_table_privilege('service_role', 'nova.operator_actions', 'update')
          and not has_table_privilege('service_role', 'nova.operator_actions', 'delete'),
          'but it cannot change the audit log');
select throws_ok($$insert into nova.cluster_nodes (name, epoch, lease_until, state) values ('x', 1, now(), 'asleep')$$,
                 '23514', null, 'a state is one of the list');
select throws_ok($$insert into nova.cluster_nodes (name, epoch, lease_until, state) values ('x', 1, now(), 'dead')$$,
                 '23514', null, 'who is dead has an end');
select throws_ok($$insert into nova.cluster_state (id) values (2)$$, '23514', null, 'there is one cluster');

-- A heartbeat touches no index.
select nova.register_node('hot', '{}', '1');
do $$ begin for i in 1..50 loop perform nova.heartbeat((select max(id) from nova.cluster_nodes)); end loop; end $$;
select pg_stat_force_next_flush();
select ok((select n_tup_hot_upd > 0.8 * n_tup_upd from pg_stat_user_tables where relname = 'cluster_nodes'),
          'heartbeats are HOT updates');
select lives_ok($$select nova.take_lease('x', (select max(id) from nova.cluster_nodes))$$);
select throws_ok('delete from nova.cluster_nodes', '23503', null, 'a holder''s row cannot go');
select is((select count(*) from nova.cluster_state), 1::bigint, 'one row of state');
select * from finish();
