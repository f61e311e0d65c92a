-- Of two that believe to list a backfill, or a window of it, the one with the older token changes nothing.
set client_min_messages = warning;
select plan(13);
insert into flux_inboxes (id, email, grant_id) values ('00000000-0000-0000-0000-00000000000a', 'ann@example.com', 'g1');
select queue_inbox_backfill('00000000-0000-0000-0000-00000000000a', now() - interval '6 days',
                            now() - interval '1 day') \g /dev/null
select id as c from flux_inbox_configurations \gset
select is((select count(*) from nova.begin_discovery(7, :'c')), 1::bigint, 'the holder of a lease begins');
select id as w from public.backfill_windows \gset
select token as t1 from nova.claim_window(7, :'c', :w, 'n1') \gset
select results_eq(format($$select to_sync
                             from nova.record_page(%L, %s, %s, '', 'c1', array['t1'], array[1], '{}', '{}', false)$$,
                         :'c', :w, :t1), 'values (1::bigint)', 'who claimed a window records a page');
select is((select count(*) from nova.begin_discovery(9, :'c')), 1::bigint, 'the next holder goes on');
select token as t2 from nova.claim_window(9, :'c', :w, 'n2') \gset
select cmp_ok(:t2::bigint, '>', :t1::bigint, 'a later claim has a greater token');
select throws_ok(format($$select nova.record_page(%L, %s, %s, 'c1', 'c2', array['t2'], array[1], '{}', '{}', false)$$,
                        :'c', :w, :t1), 'NV009', null, 'the first is refused: a page');
select throws_ok(format($$select nova.claim_window(7, %L, %s, 'n1')$$, :'c', :w), 'NV009', null, 'a claim');
select throws_ok(format($$select nova.begin_discovery(7, %L)$$, :'c'), 'NV009', null, 'a new beginning');
select throws_ok(format($$select nova.fail_discovery(7, %L, 'x')$$, :'c'), 'NV009', null, 'and a failure');
select is((select cursor || ' ' || (select count(*) from queued_threads) from public.backfill_windows), 'c1 1',
          'nothing of it is there');
select results_eq(format($$select to_sync
                             from nova.record_page(%L, %s, %s, 'c1', '', array['t2'], array[1], '{}', '{}', false)$$,
                         :'c', :w, :t2), 'values (1::bigint)', 'the second is not');
select is((select backfill_status || ' ' || attempts from flux_inbox_configurations), 'thread_sync 0',
          'and ends discovery');

-- Google's threads are not listed: they are known by their messages, the first of which has the id of its thread.
create function pg_temp.found_with(p_provider text) returns text language plpgsql as $$
declare
  v_inbox uuid;
  v_config uuid;
begin
  insert into flux_inboxes (email, grant_id, provider) values (p_provider || '@example.com', p_provider, p_provider)
  returning id into v_inbox;
  insert into flux_email_messages (inbox_id, nylas_message_id, nylas_thread_id, lo, hi, message_date)
  select v_inbox, m.id, m.thread, 1, 2, now() - interval '2 days'
    from (values ('t1', 't1'), ('m2', 't1'), ('m3', 't3'), ('m4', 't3')) m (id, thread);
  insert into flux_email_threads (inbox_id, nylas_thread_id, latest_message_at, earliest_message_at, message_count)
  select v_inbox, t.id, now() - interval '2 days', now() - interval '2 days', 2 from (values ('t1'), ('t3')) t (id)
      on conflict do nothing;
  v_config := queue_inbox_backfill(v_inbox, now() - interval '6 days', now() - interval '1 day');
  perform nova.record_page(w.config_id, w.id, w.token, '', '', '{}', '{}', '{}', '{}', false)
     from nova.begin_discovery(0, v_config) b, nova.claim_window(0, v_config, b.id, 'n1') w;
  return (select string_agg(concat_ws(' ', q.thread_id, q.status, q.messages_synced), ', ' order by q.thread_id)
            from queued_threads q where q.config_id = v_config);
end
$$;
select is(pg_temp.found_with('microsoft'), 't1 completed 2, t3 completed 2', 'threads that no list named are whole');
select is(pg_temp.found_with('google'), 't1 completed 2, t3 queued 0',
          'of Google only those are whose first message is stored: the other may have begun before the range');
select * from finish();
