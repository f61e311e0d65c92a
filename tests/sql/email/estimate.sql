-- What is shown of a running backfill: the percentage never falls, the range comes from the last look.
select plan(36);
insert into flux_inboxes (id, email, grant_id, provider) values
  ('00000000-0000-0000-0000-00000000000a', 'a@example.com', 'ga', 'google');
select queue_inbox_backfill('00000000-0000-0000-0000-00000000000a', now() - interval '20 days') as c \gset

create function pg_temp.shown() returns text language sql as $$
  select concat_ws(' ', percent_complete, usable, binds, messages_expected)
    from get_sync_progress((select max(c.id::text)::uuid from flux_inbox_configurations c
                             where c.backfill_status in ('pending', 'discovering', 'thread_sync', 'completed')))
$$;
select is(pg_temp.shown(), '0.00 f ', 'before the first look nothing is known');

select nova.note_estimate(:'c', 0.25, 3600, 3000, 4800, 600, 'units', 5000, '{1,2,3,4,5,6,7}');
select is(pg_temp.shown(), '25.00 f units 5000', 'a look is shown');
select is((select extract(epoch from eta - now())::integer || ' ' || extract(epoch from eta_low - now())::integer
                  || ' ' || extract(epoch from eta_high - now())::integer from get_sync_progress(:'c'::uuid)),
          '3600 3000 4800', 'with the time that is left and its range');
select is((select extract(epoch from usable_at - now())::integer from get_sync_progress(:'c'::uuid)), 600,
          'and when it is usable');
select is((select trace from nova.backfill_traces where config_id = :'c'), '{1,2,3,4,5,6,7}',
          'the trace is kept for the next look');

select nova.note_estimate(:'c', 0.10, 7200, 6000, 9000, null, 'places', 9000, '{1,2,3,4,5,6,7}');
select is(pg_temp.shown(), '25.00 f places 9000', 'more work than expected does not take the percentage back');
select nova.note_estimate(:'c', 0.30, null, null, null, 0, 'provider', 9000, '{}');
select is(pg_temp.shown(), '30.00 t provider 9000', 'the newest thirty days are there');
select is((select eta from get_sync_progress(:'c'::uuid)), null, 'what is not worked on has no end in sight');
select nova.note_estimate(:'c', 0.31, 100, 90, 110, 50, 'units', 9000, '{}');
select ok((select usable and usable_at <= now() from get_sync_progress(:'c'::uuid)),
          'what was usable stays so, since then');
select nova.note_estimate(:'c', 1, 0, 0, 0, 0, 'window', 9000, '{}');
select is((select percent_complete from get_sync_progress(:'c'::uuid)), 99.90,
          'what is not over is never shown as done');
select nova.note_estimate(:'c', -3, 0, 0, 0, 0, 'window', 9000, '{}');
select is((select percent_complete from get_sync_progress(:'c'::uuid)), 99.90, 'nor as less than nothing');
select is((select percent || ' ' || binds from backfill_estimates where config_id = :'c'), '99.90 window',
          'a front end reads the same in a table');
select is((select percent_complete from get_sync_progress(:'c')), 99.90, 'and by an id that is text');

-- The share of threads that were found, which fell, is not what is shown any more.
select nova.begin_discovery(0, :'c');
select insert_queued_thread_idempotent(:'c', 't' || n) from generate_series(1, 10) n;
select is((select percent_complete from get_sync_progress(:'c'::uuid)), 99.90,
          'threads that are found take nothing back');

-- What was done once does not fall back when it is done again.
select transition_to_thread_sync(:'c');
select acknowledge_thread_job(null, :'c', 't' || n) from generate_series(1, 10) n;
select is((select percent from backfill_estimates where config_id = :'c'), 100.00, 'a completed one is at its end');
select queue_thread_sync(:'c', 't1');
select nova.note_estimate(:'c', 0.97, 5, 4, 6, 0, 'units', 9000, '{}');
select is((select backfill_status || ' ' || percent_complete from get_sync_progress(:'c'::uuid)), 'thread_sync 100.00',
          'and stays there when it is reopened');
select acknowledge_thread_job(null, :'c', 't1');
delete from queued_threads;
update flux_inbox_configurations set backfill_status = 'discovering', discovery_done = false where id = :'c';
select insert_queued_thread_idempotent(:'c', 't' || n) from generate_series(1, 10) n;

-- Without a node that looks.
delete from backfill_estimates;
select is((select percent_complete from get_sync_progress(:'c'::uuid)), 0.00,
          'without a look nothing is said before all threads are found');
select transition_to_thread_sync(:'c');
select acknowledge_thread_job(null, :'c', 't' || n) from generate_series(1, 5) n;
select is((select percent_complete from get_sync_progress(:'c'::uuid)), 50.00, 'then their share');
select acknowledge_thread_job(null, :'c', 't' || n) from generate_series(6, 10) n;
select is((select backfill_status || ' ' || percent_complete || ' ' || binds from get_sync_progress(:'c'::uuid)),
          'completed 100.00 ', 'a completed one is done and waits for nothing');
select nova.note_estimate(:'c', 0.5, 1, 1, 1, 1, 'window', 1, '{}');
select is_empty($$select from backfill_estimates$$, 'of one that is over no look is noted');
select is((select count(*) from nova.backfill_traces where config_id = :'c'), 1::bigint,
          'its last trace goes with it, not before');

-- What was listed of a window.
select id as w from backfill_windows where config_id = :'c' order by window_start limit 1 \gset
select nova.note_listed(:w, false, 100, 0, 25, 0, now(), false, 2005, 0);
select nova.note_listed(:w, false, 50, 0, 10, 0, null, true, 1005, 0);
select nova.note_listed(:w, false, 0, 30, 0, 4, null, true, 0, 1205);
select is((select concat_ws(' ', messages, threads, threads_seen, to_sync, reached, messages_done, messages_cost,
                            threads_cost)
             from nova.listed_windows where window_id = :w), '150 30 35 4 t 3010 1205', 'pages add up');
select nova.note_listed(:w, true, 7, 0, 2, 0, null, false, 145, 0);
select is((select concat_ws(' ', messages, threads, threads_seen, to_sync, messages_done, messages_cost, threads_cost)
             from nova.listed_windows where window_id = :w), '7 0 2 0 f 145 0',
          'a window that begins again begins anew');
delete from backfill_windows where id = :w;
select is_empty($$select from nova.listed_windows$$, 'and goes with its window');

-- A survey.
select nova.keep_samples('00000000-0000-0000-0000-00000000000a', '{100,200}', '{150,260}', '{5,6.5}');
select is((select string_agg(concat_ws(' ', extract(epoch from sample_start)::bigint,
                                       extract(epoch from sample_end)::bigint, messages), ', '
                             order by sample_start) from nova.mail_samples),
          '100 150 5, 200 260 6.5', 'samples are kept');
select nova.keep_samples('00000000-0000-0000-0000-00000000000a', '{300}', '{350}', '{1}');
select is((select count(*) from nova.mail_samples), 1::bigint, 'the next survey replaces them');
select lives_ok($$select nova.keep_samples('00000000-0000-0000-0000-0000000000ff', '{300}', '{350}', '{1}')$$,
                'an inbox that is gone meanwhile has none');

-- A pace that no node says does not exist.
select throws_ok($$insert into nova.grant_paces values ('g', 'luck', 1, 1, 1, 'n')$$, '23514', null,
                 'what binds is one of the known');

-- All mail there is.
select throws_ok($$select queue_inbox_backfill('00000000-0000-0000-0000-00000000000a', now() - interval '3 years')$$,
                 'NV003', null, 'a year back is the most that a range may ask for');
select queue_whole_inbox_backfill('00000000-0000-0000-0000-00000000000a') as whole \gset
select is((select backfill_start from flux_inbox_configurations where id = :'whole'), 'epoch'::timestamptz,
          'unless all of it is wanted');
select throws_ok($$select queue_whole_inbox_backfill('00000000-0000-0000-0000-00000000000a')$$, 'NV004', null,
                 'one at a time');
select throws_ok($$select queue_whole_inbox_backfill('00000000-0000-0000-0000-0000000000ff')$$, 'NV001', null,
                 'of an inbox that there is');
select is((select count(*) from nova.begin_discovery(0, :'whole')), 146::bigint,
          'decades are not cut into weeks: those without mail cost few calls');
select is((select min(window_start) from backfill_windows where config_id = :'whole'), 'epoch'::timestamptz,
          'they reach to the beginning');
select is_empty($$select from (select window_start, lag(window_end) over (order by window_start) as before
                                 from backfill_windows w join flux_inbox_configurations c on c.id = w.config_id
                                where c.backfill_start = 'epoch') w where before <> window_start$$,
                'without a gap or an overlap');
select is((select count(*) from backfill_windows where config_id = :'whole'
            and isfinite(window_end) and window_end < window_start + interval '169 hours'), 52::bigint,
          'the last year is listed by weeks');
select * from finish();
