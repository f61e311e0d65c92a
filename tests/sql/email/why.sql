-- How a message came, and why it is not there: the journal of decisions, and each reason once.
set client_min_messages = warning;
select plan(52);

insert into flux_inboxes (id, email, grant_id) values ('00000000-0000-0000-0000-00000000000a', 'ann@example.com', 'g1');

-- An observation of a whole message.
create function pg_temp.see(p_id text, p_lo bigint, p_hi bigint, p_text text, p_origin text default 'webhook')
returns void language sql as $$
  select nova.store_messages('{00000000-0000-0000-0000-00000000000a}', array[p_id], array['t-' || p_id], array[p_text],
    array[p_text], array[p_text], '{[]}', '{[]}', '{[]}', '{[]}', '{[]}', '{[]}', '{[]}', '{"{}"}', '{1700000000}',
    '{f}', '{f}', '{32767}', array[convert_to(p_text, 'UTF8')], '{e}', array[p_lo], array[p_hi], array[p_origin],
    '{""}')
$$;
create function pg_temp.journal(p_id text) returns text language sql as $$
  select string_agg(concat_ws(' ', event, nullif(lo, nova.open_below()), hi, nullif(row_lo, nova.open_below()), row_hi,
                              origin), ', ' order by hi)
    from nova.mail_journal where nylas_message_id = p_id
$$;
-- The kinds in order: ? waits, ! does not happen.
create function pg_temp.why(p_id text, p_date timestamptz default null,
                            p_inbox uuid default '00000000-0000-0000-0000-00000000000a')
returns text language sql as $$
  select string_agg(kind || case state when 'waits' then '?' when 'no' then '!' else '' end, ' ' order by ord)
    from nova.why_message(p_inbox, p_id, p_date) with ordinality w (i, step, at, kind, state, facts, ord)
$$;
create function pg_temp.fact(p_id text, p_kind text, p_fact text) returns text language sql as $$
  select facts->>p_fact from nova.why_message(null, p_id) where kind = p_kind order by at desc limit 1
$$;

-- The journal.
select pg_temp.see('b1', 10, 20, 'A', 'backfill') \g /dev/null
select is(pg_temp.journal('b1'), null, 'what a backfill inserts is in no journal');
select pg_temp.see('b1', 30, 40, 'A', 'backfill') \g /dev/null
select is(pg_temp.journal('b1'), null, 'nor what confirms');
select pg_temp.see('b1', 50, 60, 'B', 'reconcile') \g /dev/null
select is(pg_temp.journal('b1'), 'replaced 50 60 30 40 reconcile', 'a replacement has both intervals, that before too');
select pg_temp.see('b1', 20, 25, 'C', 'backfill') \g /dev/null
select is(pg_temp.journal('b1'), 'ignored 20 25 50 60 backfill, replaced 50 60 30 40 reconcile',
          'what is older is ignored, by a backfill too');
select pg_temp.see('b1', nova.open_below(), 70, 'D') \g /dev/null
select is(pg_temp.journal('b1'),
          'ignored 20 25 50 60 backfill, replaced 50 60 30 40 reconcile, doubtful 70 50 60 webhook', 'a doubt');
select pg_temp.see('w1', nova.open_below(), 80, 'A') \g /dev/null
select is(pg_temp.journal('w1'), 'inserted 80 webhook', 'what a notification brings first');
select nova.tombstone_messages(array_fill('00000000-0000-0000-0000-00000000000a'::uuid, '{3}'), '{b1,w1,new}',
         array_fill(nova.open_below(), '{3}'), '{45,90,90}') \g /dev/null
select matches(pg_temp.journal('b1'), '^ignored 20 .* ignored 45 50 60 webhook, ', 'a deletion that is older');
select is(pg_temp.journal('w1'), 'inserted 80 webhook, deleted 90 80 webhook', 'a deletion');
select is(pg_temp.journal('new'), 'deleted 90 webhook', 'of what is not known');
select nova.tombstone_messages('{00000000-0000-0000-0000-00000000000a}', '{w1}', array[nova.open_below()],
                               '{95}') \g /dev/null
select is(pg_temp.journal('w1'), 'inserted 80 webhook, deleted 90 80 webhook', 'once');
select pg_temp.see('n1', 10, 20, 'A', 'backfill') \g /dev/null
select nova.refetch_not_found('00000000-0000-0000-0000-00000000000a', 'n1', 0) \g /dev/null
select matches(pg_temp.journal('n1'), '^not_found [0-9]+ [0-9]+ 10 20 refetch$', 'a first 404');
select is(pg_temp.why('n1'), 'written/stored judged/not_found search/behind? again/not_found?',
          'waits for the second');
update flux_email_messages set not_found_at = now() - interval '1 hour' where nylas_message_id = 'n1';
select nova.refetch_not_found('00000000-0000-0000-0000-00000000000a', 'n1', 1) \g /dev/null
select matches(pg_temp.journal('n1'), '^not_found .* refetch, deleted [0-9]+ [0-9]+ 10 20 refetch$', 'the second');

-- It is pruned.
update nova.mail_journal set at = now() - interval '31 days' where nylas_message_id in ('b1', 'w1');
select is(nova.prune_mail_journal(at_most => 2), 2::bigint, 'old lines go, at most so many');
select is(nova.prune_mail_journal(), 4::bigint, 'all of them');
select is((select string_agg(event, ' ' order by event, hi) from nova.mail_journal), 'deleted deleted not_found',
          'no others');
select ok(has_table_privilege('service_role', 'nova.mail_journal', 'select')
          and not has_table_privilege('anon', 'nova.mail_journal', 'select')
          and (select relrowsecurity from pg_class where oid = 'nova.mail_journal'::regclass), 'who reads it');

-- What is stored.
select is(pg_temp.why('b1'), 'written/stored written/changed search/behind? again/doubt?',
          'a message in doubt, of which the journal is forgotten');
select pg_temp.see('c1', 100, 110, 'A', 'backfill') \g /dev/null
update flux_email_messages set hi = 1800000000000000, updated_at = created_at + interval '1 minute'
 where nylas_message_id = 'c1';
update nova.email_search_progress set filled_up_to = (select max(changed_in)::text::bigint + 1
                                                        from flux_email_messages)::text::xid8;
select is(pg_temp.why('c1'), 'written/stored written/changed judged/confirmed search/refused!',
          'changed, seen since, and more than the search can take');
select nova.make_searchable(inbox_id, nylas_message_id) from flux_email_messages
 where nylas_message_id = 'c1' \g /dev/null
select is(pg_temp.why('c1'), 'written/stored written/changed judged/confirmed search/filled', 'and searchable');
select is(pg_temp.fact('c1', 'judged/confirmed', 'hi'), '2027-01-15 08:00:00.000', 'an instant in words');
update flux_email_messages set refetch_at = now(), refetch_claimed_at = now() where nylas_message_id = 'c1';
select matches(pg_temp.why('c1'), ' again/due[?]$', 'read again for another reason');
select is(pg_temp.fact('c1', 'again/due', 'until') is not null, true, 'when');

-- What is gone.
select matches(pg_temp.why('n1'), 'written/stored .*gone/not_found! again/not_found[?]$',
               'after two 404s, and it is asked for again');
select matches(pg_temp.why('new'), '^judged/deleted gone/notified!', 'deleted before it was known');
select matches(pg_temp.why('w1'), 'written/stored gone/notified!', 'what forgot its journal says it by its interval');

-- Notifications.
create function pg_temp.notify(p_id text, p_message text, p_status text, p_error text default null)
returns void language sql as $$
  insert into flux_webhook_notifications (notification_id, notification_type, grant_id, status, error_message, payload,
    processed_at, received_at)
  values (p_id, 'message.created', 'g1', p_status, p_error,
          json_build_object('data',
            json_build_object('object', json_build_object('id', p_message, 'date', 1700000000))),
          case when p_status <> 'pending' then now() end, now() - interval '1 hour')
$$;
select pg_temp.notify('n-queued', 'q1', 'pending') \g /dev/null
select is(pg_temp.why('q1'), 'received/notification handled/queued? range/none!', 'in the queue');
insert into nova.parked_notifications (notification_id, grant_id, tries, due_at)
values ('n-queued', 'g1', 2, now() + interval '5 minutes');
update flux_webhook_notifications set error_message = 'HTTP 429' where notification_id = 'n-queued';
select is(pg_temp.why('q1'), 'received/notification handled/parked? range/none!', 'parked');
select is(concat_ws(' ', pg_temp.fact('q1', 'handled/parked', 'attempt'),
                    pg_temp.fact('q1', 'handled/parked', 'reason'),
                    pg_temp.fact('q1', 'handled/parked', 'until') is not null), '3 HTTP 429 t', 'until when, and why');
insert into nova.cluster_nodes (name, epoch, lease_until) values ('n7', 7, 'infinity');
update nova.parked_notifications set claimed_by = 7;
select is(pg_temp.why('q1'), 'received/notification handled/in_hand? range/none!', 'in the hands of a node');
select is(pg_temp.fact('q1', 'handled/in_hand', 'node'), 'n7', 'which one');
select pg_temp.notify('n-ignored', 'i1', 'ignored', 'no inbox has the grant') \g /dev/null
select is(pg_temp.why('i1'), 'received/notification handled/ignored! range/none!', 'ignored');
select pg_temp.notify('n-failed', 'f1', 'error', 'too odd') \g /dev/null
select is(pg_temp.why('f1'), 'received/notification handled/failed! range/none!', 'given up');
select pg_temp.notify('n-done', 'd1', 'processed') \g /dev/null
select pg_temp.see('d1', nova.open_below(), 1700000000000000, 'A') \g /dev/null
select is(pg_temp.why('d1'), 'received/notification handled/done judged/inserted written/stored search/behind? '
          'again/provisional?', 'from the notification to the row');
select is(pg_temp.why('n-done'), 'received/notification handled/done range/none!', 'by the id of a notification');
update flux_webhook_notifications set received_at = received_at - interval '9 days' where notification_id = 'n-queued';
select is(pg_temp.why('q1'), 'range/none! unknown/nothing!', 'what came long ago and left no trace is not known');
select is(pg_temp.why('q1', null, null), 'unknown/nothing!', 'to nobody');

-- Backfills.
insert into flux_inbox_configurations (id, inbox_id, backfill_start, backfill_end)
values ('00000000-0000-0000-0000-0000000000c1', '00000000-0000-0000-0000-00000000000a', '2020-01-01', '2021-01-01');
select is(pg_temp.why('x', '2019-06-01'), 'range/outside! unknown/nothing!', 'out of the range of every backfill');
select is(pg_temp.why('x', '2020-06-01'), 'range/inside! unknown/nothing!', 'in the range of one that stands still');
select is(pg_temp.why('x'), 'range/known! unknown/nothing!', 'of an unknown day');
select nova.add_gap('00000000-0000-0000-0000-0000000000c1', 'window', '2020-06-01', '2020-07-01',
                    'too old') \g /dev/null
select is(pg_temp.why('x', '2020-06-05'), 'range/inside! range/gap! unknown/nothing!', 'in a gap');
select is(pg_temp.why('x', '2020-07-05'), 'range/inside! unknown/nothing!', 'beside it');
insert into queued_threads (config_id, thread_id, named) values ('00000000-0000-0000-0000-0000000000c1', 't9', '{m9}');
select is(pg_temp.why('m9', '2020-01-05'), 'thread/queued? named/missing? range/inside!', 'named and not stored yet');
update queued_threads set status = 'processing', claim_token = 1, claim_node = 'n1', claimed_at = now();
select is(pg_temp.why('m9', '2020-01-05'), 'thread/in_hand? named/missing? range/inside!', 'being fetched');
update queued_threads set status = 'failed', claim_token = null, attempts = 5, error_message = 'HTTP 500';
select is(pg_temp.why('m9', '2020-01-05'), 'thread/failed! named/missing? range/inside!', 'given up');
insert into nova.excused_messages (config_id, nylas_message_id, nylas_thread_id, reason)
values ('00000000-0000-0000-0000-0000000000c1', 'm9', 't9', 'HTTP 404');
update queued_threads set status = 'completed', named = null;
select is(pg_temp.why('m9', '2020-01-05'), 'thread/done excused/noted! range/inside!', 'excused');
select is(pg_temp.why('t9', '2020-01-05'), 'thread/done range/inside!', 'a thread by its id');
select nova.record_rejects('{00000000-0000-0000-0000-00000000000a}', '{message}', array['\x01'::bytea], '{r1}',
                           '{"date is odd"}', '{"{}"}', '1') \g /dev/null
select is(pg_temp.why('r1', '2020-01-05'), 'rejected/kept! range/inside!', 'what could not be read');

-- The inbox.
select is(pg_temp.why('x', '2020-01-05', '00000000-0000-0000-0000-00000000000f'),
          'inbox/unknown! range/none! unknown/nothing!', 'no such inbox');
update flux_inboxes set status = 'auth_expired', status_reason = 'grant.expired';
select is(pg_temp.why('x', '2020-01-05'), 'inbox/auth_expired! range/inside! unknown/nothing!', 'not allowed');
update flux_inboxes set status = 'active';
insert into nova.provider_outages (scope, subject, last_error) values ('grant', 'g1', 'HTTP 502');
select nova.set_setting('paused.threads', 'true', 'eve') \g /dev/null
select is(pg_temp.why('x', '2020-01-05'), 'inbox/out_of_reach? work/paused? range/inside! unknown/nothing!',
          'out of reach, and paused');
select is(pg_temp.why('c1'), 'written/stored written/changed judged/confirmed search/filled again/due?',
          'which what is stored need not know');

select * from finish();
