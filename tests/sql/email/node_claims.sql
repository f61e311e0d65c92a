-- What an incarnation had claimed is free when it ends, in the same transaction.
set client_min_messages = warning;
select plan(7);
insert into flux_inboxes (id, email, grant_id) values ('00000000-0000-0000-0000-00000000000a', 'ann@example.com', 'g1');
select queue_inbox_backfill('00000000-0000-0000-0000-00000000000a', now() - interval '1 year', now()) \g /dev/null
select id as c from flux_inbox_configurations \gset
select insert_queued_thread_idempotent(:'c', 't' || i) from generate_series(1, 9) i \g /dev/null
select transition_to_thread_sync(:'c') \g /dev/null
select id as a, epoch as ae from nova.register_node('a', '{}', '1') \gset
select id as b, epoch as be from nova.register_node('b', '{}', '1') \gset
select count(*) from nova.claim_threads('a', :ae, 4) \g /dev/null
select count(*) from nova.claim_threads('b', :be, 3) \g /dev/null
create function pg_temp.held() returns text language sql as $$
  select coalesce(string_agg(claim_node || ' ' || n, ', ' order by claim_node), '')
    from (select claim_node, count(*) n from queued_threads where status = 'processing' group by 1) x $$;
select is(pg_temp.held(), 'a 4, b 3', 'two nodes work');
select nova.end_node(:a, 'dead', :b, 'test') \g /dev/null
select is(pg_temp.held(), 'b 3', 'what the dead one had is free, and nothing else');
select is((select count(*) from nova.claim_threads('a', :ae, 4)), 0::bigint,
          'the dead one claims nothing, should it wake');
select is((select sum(attempts)::bigint from queued_threads), 0::bigint, 'no attempt is counted');
select id as a2, epoch as ae2 from nova.register_node('a', '{}', '1') \gset
select count(*) from nova.claim_threads('a', :ae2, 2) \g /dev/null
update nova.cluster_nodes set dead_reason = 'read again' where id = :a;
select is(pg_temp.held(), 'a 2, b 3', 'a new incarnation of the name keeps its own');
select nova.leave(:b) \g /dev/null
select is(pg_temp.held(), 'a 2', 'who leaves gives back');
select id as a3 from nova.register_node('a', '{}', '1', replaces => :a2) \gset
select is(pg_temp.held(), '', 'who takes a name over frees what the name had');
select * from finish();
