set client_min_messages = warning;
select plan(55);
select dblink_connect('other', current_setting('nova_test.connection'));
create function heard() returns text language plpgsql as $$
declare
  news text[] := '{}';
begin
  perform * from dblink('other', 'select pg_notify(''nova_cluster'', ''end'')') as t(r text);
  for i in 1..500 loop
    news := news || array(select extra from dblink_get_notify('ear'));
    if 'end' = any (news) then
      return (select coalesce(string_agg(regexp_replace(n, '[0-9]+', '#'), ', '), '') from unnest(news) n
               where n <> 'end');
    end if;
    perform pg_sleep(0.01);
  end loop;
  return 'nothing within 5 s';
end $$;
select dblink_connect('ear', current_setting('nova_test.connection'));
select dblink_exec('ear', 'listen nova_cluster');
create function cluster_version() returns bigint language sql as 'select version from nova.cluster_state';

select cluster_version() as before \gset
select id as a, epoch as a_epoch, cluster_version as seen
  from nova.register_node('a', array['threads'], '1.0', '10.0.0.1:4711', 3, 2, 500) \gset
select is(cluster_version(), (:before + 1)::bigint, 'a node that joins is a new version of the cluster');
select is(:seen::bigint, cluster_version(), 'which it is told');
select is(heard(), 'up # a', 'and the others hear');
select results_eq($$select name, roles, address, version, protocol, protocol_min, capacity, state
                      from nova.cluster_nodes$$,
                  $$values ('a', array['threads'], '10.0.0.1:4711', '1.0', 3, 2, 500, 'up')$$,
                  'what it said of itself is there');
select id as b, epoch as b_epoch from nova.register_node('b', '{}', '1.0', first_state => 'joining') \gset
select cmp_ok(:b_epoch, '>', :a_epoch, 'epochs grow');
select cmp_ok(:a_epoch, '>=', 1::bigint << 40, 'above the timeline of the database');
select is((select state from nova.cluster_nodes where id = :b), 'joining', 'a node may join in two steps');
select is(nova.set_node_state(:b, 'up'), true, 'and is up later');
select is(nova.set_node_state(:b, 'up'), false, 'once');
select throws_ok($$select nova.set_node_state(1, 'dead')$$, '22023');
select throws_ok($$select nova.register_node('x', '{}', '1', first_state => 'dead')$$, '22023');
select throws_ok($$select nova.register_node('', '{}', '1')$$, '23514');

select cluster_version() as before \gset
update nova.cluster_nodes set heartbeat_at = heartbeat_at - interval '1 s', lease_until = lease_until - interval '1 s';
select results_eq(format('select state, cluster_version from nova.heartbeat(%s, load_now => ''{"threads": 7}'')', :a),
                  $$select 'up'::text, version from nova.cluster_state$$, 'a heartbeat says the state and the version');
select is(cluster_version(), :before::bigint, 'and changes no version');
select ok((select lease_until between clock_timestamp() + interval '3 s' and clock_timestamp() + interval '4 s'
              and load = '{"threads": 7}'
             from nova.cluster_nodes where id = :a), 'it renews the lease and keeps the load');
select nova.heartbeat(:a);
select is((select load from nova.cluster_nodes where id = :a), '{"threads": 7}'::jsonb,
          'which stays when nothing is said');

-- Steady or not.
update nova.cluster_nodes set steady_since = '2000-01-01';
select nova.heartbeat(:a);
select is((select steady_since from nova.cluster_nodes where id = :a), '2000-01-01'::timestamptz,
          'a heartbeat in time keeps a node steady');
update nova.cluster_nodes set heartbeat_at = clock_timestamp() - interval '3 s' where id = :a;
select nova.heartbeat(:a);
select ok((select steady_since > clock_timestamp() - interval '1 s' from nova.cluster_nodes where id = :a),
          'a late one starts it anew');

-- Expired leases.
update nova.cluster_nodes set lease_until = clock_timestamp() - interval '1 s' where id = :b;
select is_empty(format('select nova.expire_nodes(%s)', :a), 'who was not steady may not judge');
update nova.cluster_nodes set steady_since = '2000-01-01', lease_until = clock_timestamp() - interval '1 s'
 where id = :a;
select is_empty(format('select nova.expire_nodes(%s)', :a), 'nor one whose own lease ran out');
select nova.heartbeat(:a);
update nova.cluster_nodes set steady_since = '2000-01-01' where id = :a;
select is((select token > 0 from nova.take_lease('singleton:x', :b)), true, 'a lease that the lost node holds');
update nova.cluster_leases set expires_at = clock_timestamp() + interval '10 s';
select cluster_version() as before \gset
select heard();
select results_eq(format('select nova.expire_nodes(%s)', :a), array[:b]::bigint[],
                  'a steady judge declares the lost node dead');
select results_eq(format($$select state, dead_by, dead_reason, ended_at is not null from nova.cluster_nodes
                            where id = %s$$, :b),
                  format('values (''dead'', %s::bigint, ''its lease ran out'', true)', :a), 'with reason and judge');
select is(cluster_version(), (:before + 1)::bigint, 'which is a new version');
select is(heard(), 'dead # b', 'and is heard');
select results_eq($$select holder, expires_at, not_before > clock_timestamp() + interval '5 s'
                      from nova.cluster_leases$$, $$values (null::bigint, null::timestamptz, true)$$,
                  'its leases are free, but not before they would have run out');
select is_empty(format('select * from nova.heartbeat(%s)', :b), 'dead is final');
select is(nova.set_node_state(:b, 'up'), false, 'in every way');
select is(nova.leave(:b), false, 'and once');
select is_empty(format('select nova.expire_nodes(%s)', :a), 'nobody else is lost');

-- The same name again.
select throws_ok($$select nova.register_node('a', '{}', '1.1')$$, 'NV011',
                 format('the living node %s is called "a"', :a), 'a living node keeps its name');
select throws_ok($$select nova.register_node('a', '{}', '1.1', replaces => 0)$$, 'NV011', null,
                 'and whoever replaces names it');
select id as a2, epoch as a2_epoch from nova.register_node('a', '{}', '1.1', replaces => :a) \gset
select is((select dead_reason from nova.cluster_nodes where id = :a), 'a new process started under the same name',
          'a restart ends the process before');
select ok(:a2_epoch > :a_epoch and :a2 <> :a, 'as a new incarnation');
update nova.cluster_state set protocol_floor = 5;
select throws_ok($$select nova.register_node('old', '{}', '0.9', speaks => 4)$$, '55000',
                 'this node speaks protocol 4 at most, the cluster needs 5');

select nova.set_node_state(:a2, 'draining');
select is(nova.set_node_state(:a2, 'degraded'), false, 'draining ends with leaving');
select is(nova.leave(:a2), true, 'leaving');
select is((select state from nova.cluster_nodes where id = :a2), 'left', 'is not dying');
select is(nova.prune_nodes(), 0::bigint, 'who ended lately is remembered');
update nova.cluster_nodes set ended_at = ended_at - interval '8 days';
select is(nova.prune_nodes(), 3::bigint, 'for a week');
-- A drain is of an incarnation.
select id as c, epoch as c_epoch from nova.register_node('c', '{}', '1', '', 9) \gset
select is(nova.drain_node('nobody', 'root'), false, 'who is not there is not drained');
select heard() \g /dev/null
select is(nova.drain_node('c', 'root', 'upgrade'), true, 'a living node is');
select is(heard(), 'drained c', 'which is heard');
select results_eq(format($$select nova.state_of(n), n.state, drained_by, drain_reason from nova.cluster_nodes n
                            where id = %s$$, :c), $$values ('draining', 'up', 'root', 'upgrade')$$,
                  'it is draining, and well');
select is_empty(format('select * from nova.take_lease(''y'', %s)', :c), 'it takes no lease');
select is(nova.undrain_node('c'), true, 'until that is taken back');
select is(nova.undrain_node('c'), false, 'once');
select isnt_empty(format('select * from nova.take_lease(''y'', %s)', :c), 'then it does');
select nova.drain_node('c', 'root', '', interval '1 hour') \g /dev/null
select is_empty('select nova.end_due_drains()', 'a drain for a time holds for that time');
update nova.cluster_nodes set drained_until = clock_timestamp() where id = :c;
select is((select nova.state_of(n) from nova.cluster_nodes n where id = :c), 'up', 'and no longer');
select results_eq('select nova.revert_due_settings()', $$values ('drain of c')$$, 'whoever looks takes it back');
select nova.drain_node('c', 'root') \g /dev/null
update nova.cluster_nodes set lease_until = clock_timestamp() where id = :c;
select id as c2 from nova.register_node('c', '{}', '1', '', 9) \gset
select is((select state from nova.cluster_nodes where id = :c), 'dead', 'a name whose lease ran out is free');
select is((select nova.state_of(n) from nova.cluster_nodes n where id = :c2), 'up',
          'the next incarnation of the name works');
-- The sessions of a dead node.
select id as stuck, epoch as stuck_epoch from nova.register_node('stuck', '{}', '1', '', 9) \gset
select dblink_connect('stuck',
                      current_setting('nova_test.connection')
                      || format(' application_name=nova/%s', :stuck_epoch)) \g /dev/null
select dblink_exec('stuck', 'begin') \g /dev/null
select dblink_exec('stuck', format('update nova.cluster_nodes set version = ''x'' where id = %s', :stuck)) \g /dev/null
set lock_timeout = '5s';
select is(nova.end_node(:stuck, 'dead', null, 'it stands still in a transaction'), true,
          'a node dies although a session of it holds its row');
reset lock_timeout;
select throws_ok($$select dblink_exec('stuck', 'commit')$$, null, null, 'that session is gone');
select dblink_disconnect('stuck') \g /dev/null
select * from finish();
