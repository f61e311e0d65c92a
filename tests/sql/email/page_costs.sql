-- What a page costs does not grow with the backfill.
set client_min_messages = warning;
select plan(5);
insert into flux_inboxes (id, email, grant_id) values ('00000000-0000-0000-0000-00000000000a', 'ann@example.com', 'g1');
select queue_inbox_backfill('00000000-0000-0000-0000-00000000000a', now() - interval '6 days',
                            now() - interval '1 day') \g /dev/null
select id as c from flux_inbox_configurations \gset
select from nova.begin_discovery(7, :'c');
select id as w from public.backfill_windows \gset
select token as t from nova.claim_window(7, :'c', :w, 'n1') \gset

-- Rows of both tables that this transaction has read.
create function pg_temp.rows_read() returns numeric language sql as $$
  select sum(coalesce(idx_tup_fetch, 0) + coalesce(seq_tup_read, 0)) from pg_stat_xact_user_tables
   where relname in ('queued_threads', 'flux_email_messages')
$$;
-- The two hundred threads of a page, each with one message.
create function pg_temp.page(p_cursor text, p_next text, p_check boolean) returns bigint language sql as $$
  select to_sync
    from nova.record_page((select id from flux_inbox_configurations), (select id from backfill_windows),
                          (select token from backfill_windows), p_cursor, p_next,
                          array(select 't' || i from generate_series(1, 200) i), array_fill(1::bigint, array[200]),
                          array(select 'm' || i from generate_series(1, 200) i),
                          array(select 't' || i from generate_series(1, 200) i), p_check)
$$;

-- The plans are made while the tables are empty, as those of a node's session are.
select pg_temp.page('', 'c1', false), pg_temp.page('c1', 'c2', true) \g /dev/null
insert into queued_threads (config_id, thread_id) select :'c', 't' || i from generate_series(201, 20000) i;
insert into flux_email_messages (inbox_id, lo, hi, nylas_message_id, nylas_thread_id, message_date)
select '00000000-0000-0000-0000-00000000000a', 1, 2, 'm' || i, 't' || i, now() from generate_series(1, 20000) i;

begin;
select is(pg_temp.page('c2', 'c3', false), 0::bigint, 'a page of threads that are stored');
select cmp_ok(pg_temp.rows_read(), '<', 2000::numeric, 'reads no more than it names');
commit;
begin;
select is(pg_temp.page('c3', 'c4', true), 0::bigint, 'a page of ids');
select cmp_ok(pg_temp.rows_read(), '<', 2000::numeric, 'reads no more');
select is((select count(*) from queued_threads q where q.xmax = pg_current_xact_id()::xid), 0::bigint,
          'and locks nothing when nothing is missing');
commit;
select * from finish();
