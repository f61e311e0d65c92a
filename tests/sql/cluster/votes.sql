set client_min_messages = warning;
select plan(12);
create function pg_temp.node(called text) returns bigint
language sql as $$ select id from nova.register_node(called, '{}', '1') $$;
select pg_temp.node('a') as a, pg_temp.node('b') as b, pg_temp.node('c') as c \gset
select is(nova.suspect_node(:a, :b, true, 'refused'), false, 'who has just come may not judge');
update nova.cluster_nodes set steady_since = clock_timestamp() - interval '1 minute';

select is(nova.suspect_node(:a, :b, false, 'link lost'), false, 'one of two voters is not enough');
select is(nova.suspect_node(:c, :b, false, 'link lost'), false, 'nor two, while it renews its lease');
update nova.cluster_nodes set heartbeat_at = clock_timestamp() - interval '2 s' where id = :b;
select is(nova.suspect_node(:c, :b, false, 'link lost'), true, 'two are, once it is silent');
select is((select row(state, dead_by, dead_reason)::text from nova.cluster_nodes where id = :b),
          row('dead', :c, 'link lost')::text, 'and the row says who and why');
select is(nova.suspect_node(:a, :b, true, 'again'), false, 'the dead do not die again');

select pg_temp.node('d') as d \gset
update nova.cluster_nodes set steady_since = clock_timestamp() - interval '1 minute';
select is(nova.suspect_node(:a, :d, true, 'refused'), true, 'an address that refuses is worth two votes');

select pg_temp.node('e') as e \gset
update nova.cluster_nodes
   set steady_since = clock_timestamp() - interval '1 minute', heartbeat_at = clock_timestamp() - interval '2 s';
select is(nova.suspect_node(:a, :e, false, 'x'), false, 'a vote');
update nova.cluster_suspicions set at = clock_timestamp() - interval '11 s';
select is(nova.suspect_node(:c, :e, false, 'x'), false, 'is forgotten after ten seconds');
select is(nova.suspect_node(:c, :a, true, 'x'), false, 'who suspects more than half of its peers is the sick one');
select is(nova.suspect_node(:a, :a, true, 'x'), false, 'nobody judges itself');
update nova.cluster_nodes set state = 'draining' where id = :a;
select is(nova.suspect_node(:a, :e, true, 'x'), false, 'nor while it is draining');
select * from finish();
