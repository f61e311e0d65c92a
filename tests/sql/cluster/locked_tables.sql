-- Somebody has a table of work locked: membership goes on, and what an ended node claims or held is not lost.
set client_min_messages = warning;
select plan(16);
insert into flux_inboxes (id, email, grant_id) values ('00000000-0000-0000-0000-00000000000a', 'ann@example.com', 'g1');
select queue_inbox_backfill('00000000-0000-0000-0000-00000000000a', now() - interval '1 year', now()) \g /dev/null
select id as c from flux_inbox_configurations \gset
select insert_queued_thread_idempotent(:'c', 't' || i) from generate_series(1, 9) i \g /dev/null
select transition_to_thread_sync(:'c') \g /dev/null
select id as a, epoch as ae from nova.register_node('a', '{}', '1') \gset
select id as b, epoch as be from nova.register_node('b', '{}', '1') \gset
select id as judge from nova.register_node('judge', '{}', '1') \gset
update nova.cluster_nodes set steady_since = steady_since - interval '1 hour' where id = :judge;
select count(*) from nova.claim_threads('b', :be, 3) \g /dev/null
select tap.dblink_connect('locker', current_setting('nova_test.connection')) \g /dev/null
select tap.dblink_connect('worker', current_setting('nova_test.connection')) \g /dev/null
create function pg_temp.held() returns text language sql as $$
  select coalesce(string_agg(claim_node || ' ' || n, ', ' order by claim_node), '')
    from (select claim_node, count(*) n from queued_threads where status = 'processing' group by 1) x $$;
create function pg_temp.begin_claim(node text, epoch bigint) returns boolean language plpgsql as $$
begin
  perform tap.dblink_send_query('worker',
                                format('select count(*)::text from nova.claim_threads(%L, %s, 4)', node, epoch));
  for i in 1..1000 loop
    if exists (select from pg_stat_activity
                where wait_event_type = 'Lock' and query like '%claim_threads%' and pid <> pg_backend_pid()) then
      return true;
    end if;
    perform pg_sleep(0.01);
    perform pg_stat_clear_snapshot();
  end loop;
  return false;
end
$$;
create function pg_temp.end_claim() returns text language plpgsql as $$
declare
  said text;
begin
  select r.x into said from tap.dblink_get_result('worker') r (x text);
  perform from tap.dblink_get_result('worker') r (x text);
  return said;
exception when others then
  perform from tap.dblink_get_result('worker') r (x text);
  return sqlstate;
end
$$;

-- A claim that waits holds nothing that a renewal needs.
set lock_timeout = '2s';
select tap.dblink_exec('locker', 'begin; lock table queued_threads in exclusive mode') \g /dev/null
select ok(pg_temp.begin_claim('a', :ae), 'a claim waits for the table');
select isnt_empty(format('select * from nova.heartbeat(%s)', :a), 'its node renews');
select isnt_empty(format('select * from nova.take_lease(''x'', %s)', :a), 'takes a lease');
select is(nova.set_node_state(:a, 'degraded'), true, 'changes its state');
select is((select count(*) from nova.expire_nodes(:judge)), 0::bigint, 'and nobody is dead of it');
select tap.dblink_exec('locker', 'commit') \g /dev/null
select is(pg_temp.end_claim(), '4', 'when the lock goes, the claim goes on');

-- Who ended while its claim waited claims nothing.
select tap.dblink_exec('locker', 'begin; lock table queued_threads in exclusive mode') \g /dev/null
select ok(pg_temp.begin_claim('a', :ae), 'another claim waits');
select is(nova.end_node(:a, 'dead', :judge, 'a test'), true, 'its node is declared dead at once');
select is((select left_behind from nova.cluster_nodes where id = :a), true, 'what it held is left behind');
select tap.dblink_exec('locker', 'commit') \g /dev/null
select is(pg_temp.end_claim(), 'NV010', 'the claim is refused');
select is(pg_temp.held(), 'a 4, b 3', 'and has claimed nothing');
select nova.expire_nodes(:judge) \g /dev/null
select is(pg_temp.held(), 'b 3', 'the next one who judges frees what was left behind');
select is((select bool_or(left_behind) from nova.cluster_nodes), false, 'which is done then');

-- Who ends a node waits for a claim that it cannot see yet.
select tap.dblink_exec('worker', 'begin') \g /dev/null
select x
  from tap.dblink('worker',
                  format('select count(*)::text from nova.claim_threads(''b'', %s, 4)', :be)) r (x text) \g /dev/null
set lock_timeout = '100ms';
select throws_ok(format('select nova.end_node(%s, ''dead'', %s, ''a test'')', :b, :judge), '55P03', null,
                 'a claim that is not committed is waited for');
select isnt_empty(format('select * from nova.heartbeat(%s)', :b), 'but not by a renewal');
select tap.dblink_exec('worker', 'commit') \g /dev/null
select nova.end_node(:b, 'dead', :judge, 'a test') \g /dev/null
select is(pg_temp.held(), '', 'then it is freed with the rest');
select * from finish();
