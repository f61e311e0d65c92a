set client_min_messages = warning;
select plan(21);
select id as a from nova.register_node('a', '{}', '1') \gset
select id as b from nova.register_node('b', '{}', '1') \gset
select token as first from nova.take_lease('leader', :a, '1 minute') \gset
select cmp_ok(:first, '>', 1::bigint << 40, 'a token lies above the timeline');
select is_empty(format('select * from nova.take_lease(''leader'', %s)', :b), 'another does not get it');
select is((select token from nova.take_lease('leader', :a, '1 minute')), :first,
          'the holder may ask again and keeps its token');
select is((select count(*) from nova.renew_leases(:a, array['leader'], array[:first]::bigint[], '1 minute')), 1::bigint,
          'and renews it');
select is((select count(*) from nova.renew_leases(:a, array['leader'], array[:first - 1]::bigint[])), 0::bigint,
          'with the right token only');
select is((select count(*) from nova.renew_leases(:b, array['leader'], array[:first]::bigint[])), 0::bigint,
          'nobody renews for another');
select is((select count(*) from nova.renew_leases(:a, array['nosuch'], array[1]::bigint[])), 0::bigint,
          'nor what does not exist');

-- It ran out.
update nova.cluster_leases set expires_at = clock_timestamp() - interval '1 s';
select is((select count(*) from nova.renew_leases(:a, array['leader'], array[:first]::bigint[], '1 minute')), 1::bigint,
          'a holder may renew late when nobody came');
update nova.cluster_leases set expires_at = clock_timestamp() - interval '1 s';
select token as second, not_before <= clock_timestamp() as at_once from nova.take_lease('leader', :b) \gset
select cmp_ok(:second, '>', :first, 'who takes it over has a greater token');
select ok(:'at_once', 'and need not wait for what is over');
select is((select count(*) from nova.renew_leases(:a, array['leader'], array[:first]::bigint[])), 0::bigint,
          'the old one has lost it');
select is(nova.release_lease('leader', :a, :first), false, 'and cannot give it away');

select is(nova.release_lease('leader', :b, :second), true, 'a holder gives it back');
select is(nova.release_lease('leader', :b, :second), false, 'once');
select token as third from nova.take_lease('leader', :a) \gset
select cmp_ok(:third, '>', :second, 'and the next has a greater token all the same');

-- A failover to a standby that missed the last tokens: the new timeline is above them.
update nova.cluster_leases set token = (1::bigint << 40) + 1000, holder = null, expires_at = null;
create or replace function nova.fencing_base() returns bigint
language sql set search_path = pg_catalog, pg_temp as 'select 2::bigint << 40';
select is((select token from nova.take_lease('leader', :b)), (2::bigint << 40) + 1,
          'a new timeline starts above everything that was given out');
select is((select token from nova.take_lease('other', :b)), (2::bigint << 40) + 1, 'for every lease');

select nova.set_node_state(:a, 'draining');
select is_empty(format('select * from nova.take_lease(''third'', %s)', :a), 'a draining node takes none');
select is_empty('select * from nova.take_lease(''third'', 999)', 'nor does an unknown one');
select nova.leave(:b);
select is((select count(*) from nova.cluster_leases where holder is not null), 0::bigint,
          'who leaves holds nothing any more');

-- Ten at once.
select nova.register_node('n' || n, '{}', '1') from generate_series(1, 10) n;
select dblink_connect('c' || n, current_setting('nova_test.connection')) from generate_series(1, 10) n;
select dblink_send_query('c' || n, format($$
  select token from nova.take_lease('contested', (select id from nova.cluster_nodes where name = %L))$$, 'n' || n))
  from generate_series(1, 10) n;
create function winners() returns bigint language plpgsql as $$
declare
  won bigint := 0;
begin
  for n in 1..10 loop
    won := won + (select count(*) from dblink_get_result('c' || n) as t(token bigint));
  end loop;
  return won;
end $$;
select is(winners(), 1::bigint, 'of ten that want a lease at once one gets it');
select * from finish();
