-- What is compared when: nova.mail_certifications is planned, claimed with a token, kept and ended.
set client_min_messages = warning;
set timezone = 'Pacific/Auckland';
select plan(55);

insert into flux_inboxes (id, email, grant_id, provider, created_at) values
  ('00000000-0000-0000-0000-00000000000a', 'ann@example.com', 'g1', 'google', now() - interval '40 days');
create function pg_temp.inbox() returns uuid language sql immutable as
  $$ select '00000000-0000-0000-0000-00000000000a'::uuid $$;
create function pg_temp.today() returns date language sql as $$ select nova.mail_day(now()) $$;
create function pg_temp.store(p_id text, p_day date) returns void language sql as $$
  select nova.store_messages(array[pg_temp.inbox()], array[p_id], '{t1}', '{s}', '{x}', '{b}', '{[]}', '{[]}', '{[]}',
                             '{[]}', '{[]}', '{[]}', '{[]}', '{"{}"}',
                             array[extract(epoch from p_day::timestamp at time zone 'UTC')::bigint + 7], '{f}', '{f}',
                             '{32767}', array['\x02'::bytea], array['\x01'::bytea], '{1000}', '{1000}', '{backfill}',
                             '{""}')
$$;
create function pg_temp.list(p_run bigint, p_id text, p_day date) returns void language sql as $$
  insert into nova.mail_listed (comparison_id, nylas_message_id, day, hi, content, seen, differs)
  select p_run, p_id, p_day, (extract(epoch from clock_timestamp()) * 1000000)::bigint, '\x0201',
         m.core_hash || m.extra_hash, case when m.subject is null then 'missing' else '' end
    from (values (1)) v left join flux_email_messages m on m.nylas_message_id = p_id and m.deleted_at is null
$$;
create function pg_temp.range() returns text language sql as $$
  select string_agg(concat_ws(' ', k.scope, k.from_day - pg_temp.today(), k.to_day - pg_temp.today()), '; '
                    order by k.scope)
    from nova.mail_certifications k where k.claimed_until > now()
$$;
create function pg_temp.due() returns text language sql as $$
  select string_agg(k.scope || ' ' || case when k.due_at = 'infinity' then 'done' when k.due_at <= now() then 'due'
                                           else date_trunc('minute', k.due_at - now() + interval '30 s')::text end,
                    '; ' order by k.scope)
    from nova.mail_certifications k
$$;
-- Claims, begins and opens what is due.
create function pg_temp.begin(p_by text default 'n1') returns text language plpgsql as $$
declare
  c record;
  v_run bigint;
begin
  select * into c from nova.claim_certifications(1, p_by, '{}');
  if not found then
    return null;
  end if;
  v_run := nova.begin_comparison(c.inbox_id, c.from_day, c.to_day, p_by);
  perform nova.open_comparison(v_run);
  perform nova.keep_certification(c.inbox_id, c.scope, c.token, v_run, 'page 2');
  return c.scope;
end
$$;
create function pg_temp.run() returns bigint language sql as
  $$ select k.comparison_id from nova.mail_certifications k where k.claimed_until > now() $$;
create function pg_temp.finish() returns boolean language sql as $$
  select nova.end_certification(k.inbox_id, k.scope, k.token, 3)
    from nova.mail_certifications k where k.claimed_until > now()
$$;

-- Planned.
select is(nova.plan_certifications(), 0, 'nothing is planned before the first sweep');
update flux_inboxes set swept_until = now();
select is(nova.plan_certifications(), 3, 'then three scopes are');
select is(nova.plan_certifications(), 0, 'once');
select is((select due_at <= now() from nova.mail_certifications where scope = 'recent'), true, 'the newest days first');
select ok((select due_at between now() + interval '12 hours' and now() + interval '24 hours'
             from nova.mail_certifications where scope = 'month'), 'the thirty days before, later');

-- Claimed.
select is((select count(*) from nova.claim_certifications(10, 'n1', array[pg_temp.inbox()])), 0::bigint,
          'what is in hand is not claimed');
select is(pg_temp.begin(), 'recent', 'what is due is claimed');
select is(pg_temp.range(), 'recent -1 2', 'yesterday and today, and what is dated tomorrow');
select is(pg_temp.begin(), null, 'it is taken');
select pg_temp.run() as run, token from nova.mail_certifications where scope = 'recent' \gset
update nova.mail_certifications set claimed_until = now() - interval '1 s' where scope = 'recent';
select is((select concat_ws(' ', c.comparison_id = :run, c.cursor, c.token - :token)
             from nova.claim_certifications(1, 'n2', '{}') c), 't page 2 1', 'another goes on where it was');
select ok(not nova.keep_certification(pg_temp.inbox(), 'recent', :token, :run, ''), 'and the first has it no longer');
select is(nova.end_certification(pg_temp.inbox(), 'recent', :token, 3), null, 'nor ends it');
select nova.fail_certification(pg_temp.inbox(), 'recent', :token, 'x', false) \g /dev/null
select is((select failures from nova.mail_certifications where scope = 'recent'), 0, 'nor fails it');

-- Ended.
select is((select last_verified_at from flux_inboxes), null, 'a sweep verifies nothing');
-- Today, also in the first hour of the day.
update flux_inboxes set created_at = greatest(nova.mail_day(now())::timestamp at time zone 'UTC',
                                              now() - interval '1 hour');
select ok(pg_temp.finish(), 'equal');
select is(pg_temp.due(), (select 'month ' || date_trunc('minute', m.due_at - now() + interval '30 s')
                                 || '; recent 01:00:00; year '
                                 || date_trunc('minute', y.due_at - now() + interval '30 s')
                            from nova.mail_certifications m, nova.mail_certifications y
                           where m.scope = 'month' and y.scope = 'year'), 'due again in an hour');
select ok((select i.last_verified_at = c.began_at from flux_inboxes i, nova.mail_comparisons c where c.id = :run),
          'an equal comparison says until when an inbox is verified');

-- Broken.
update nova.mail_certifications set due_at = now() where scope = 'recent';
select pg_temp.store('gone', pg_temp.today()) \g /dev/null
update flux_email_messages set hi = 1000, lo = 1000;
select pg_temp.begin() \g /dev/null
select last_verified_at as verified from flux_inboxes \gset
select pg_temp.list(pg_temp.run(), 'new', pg_temp.today()) \g /dev/null
select is(pg_temp.finish(), false, 'what is missing breaks a day');
select is((select last_verified_at from flux_inboxes), :'verified', 'then nothing is verified');
select is((select array[missing, extra] from nova.mail_certificates where day = pg_temp.today()),
          array[array['new'], array['gone']], 'both are named');
select ok((select due_at between now() + interval '9 s' and now() + interval '11 s'
                  and (from_day, to_day) = (pg_temp.today(), pg_temp.today() + 1)
             from nova.mail_certifications where scope = 'again'), 'the day is listed once more, soon');

-- What is not listed: two 404s, an hour apart.
select is(nova.note_not_listed(pg_temp.inbox(), '{gone,unknown}', 5000, 6000), 1, 'a first look');
select is(nova.note_not_listed(pg_temp.inbox(), '{gone}', 5000, 6000), 0, 'is one');
select ok((select not_found = 1 and deleted_at is null and refetch_at between now() + interval '59 minutes'
                  and now() + interval '61 minutes' from flux_email_messages where nylas_message_id = 'gone'),
          'an hour later it is asked for again');
select is((select array_agg(event || ' ' || origin) from nova.mail_journal where nylas_message_id = 'gone'),
          array['not_found reconcile'], 'the journal says so');
update flux_email_messages set refetch_at = now() - interval '1 s', not_found_at = now() - interval '1 hour'
 where nylas_message_id = 'gone';
select nova.refetch_not_found(pg_temp.inbox(), 'gone', 1) as deleted \gset
select ok(:'deleted', 'the second 404 makes it a tombstone');

-- Again: soon, after the second look, then every six hours.
update nova.mail_certifications set due_at = now() where scope = 'again';
select is(pg_temp.begin(), 'again', 'broken days are compared again');
select is(pg_temp.range(), 'again 0 1', 'they alone');
select pg_temp.list(pg_temp.run(), 'new', pg_temp.today()) \g /dev/null
select pg_temp.finish() \g /dev/null
select ok((select due_at between now() + interval '1 hour' and now() + interval '64 minutes'
             from nova.mail_certifications where scope = 'again'), 'still broken: after the second look');
update nova.mail_certifications set due_at = now() where scope = 'again';
select pg_temp.begin() \g /dev/null
select pg_temp.finish() as healed \gset
select ok(:'healed', 'healed');
select is((select due_at from nova.mail_certifications where scope = 'again'), 'infinity', 'and done');

-- Failures.
update nova.mail_certifications set due_at = now() where scope = 'recent';
select token + 1 as token from nova.mail_certifications where scope = 'recent' \gset
select pg_temp.begin() \g /dev/null
select nova.fail_certification(pg_temp.inbox(), 'recent', :token, 'HTTP 500', false) \g /dev/null
select nova.fail_certification(pg_temp.inbox(), 'recent', :token, 'HTTP 500', false) \g /dev/null
select ok((select due_at > now() + interval '110 s' and failures = 2 and last_error = 'HTTP 500'
             from nova.mail_certifications where scope = 'recent'), 'what fails is due later each time');
select nova.fail_certification(pg_temp.inbox(), 'recent', :token, 'paused', true) \g /dev/null
select ok((select due_at between now() + interval '59 s' and now() + interval '61 s' and failures = 2
             from nova.mail_certifications where scope = 'recent'), 'but not what is paused');

-- A backfill.
insert into flux_inbox_configurations (id, inbox_id, backfill_start, backfill_end) values
  ('00000000-0000-0000-0000-0000000000c1', pg_temp.inbox(), now() - interval '400 days', now());
alter table flux_inbox_configurations disable trigger user;
update flux_inbox_configurations set backfill_status = 'thread_sync';
update nova.mail_certifications set due_at = now();
select is((select string_agg(d.from_day - pg_temp.today() || ' ' || d.to_day - pg_temp.today(), '; ')
             from nova.certification_days(pg_temp.inbox(), 'month') d), '0 -1',
          'what a running backfill may still bring is not missing');
update flux_inbox_configurations set backfill_status = 'completed', backfill_completed_at = now();
select is(nova.plan_certifications(), 1, 'a completed backfill is planned');
select is((select string_agg(s || ' ' || d.from_day - pg_temp.today() || ' ' || d.to_day - pg_temp.today(), '; ')
             from unnest(array['backfill', 'month', 'recent', 'year']) s,
                  nova.certification_days(pg_temp.inbox(), s) d),
          'backfill -399 -1; month -30 -1; recent -1 2; year -399 -30', 'of each scope its days');
update nova.mail_certifications set due_at = 'infinity' where scope <> 'backfill';
select is(pg_temp.begin(), 'backfill', 'what it brought is compared');
select is(pg_temp.range(), 'backfill -32 -1', 'a month at a time, the newest first');
select ok(pg_temp.finish(), 'and is as it should be');
select pg_temp.begin() \g /dev/null
select is(pg_temp.range(), 'backfill -63 -32', 'then the month before');
select pg_temp.finish() \g /dev/null
select is((with recursive rest (n, scope) as (
             select 1, pg_temp.begin() union all
             select r.n + 1, case when pg_temp.finish() then pg_temp.begin() end from rest r where r.scope is not null)
           select max(n) from rest), 12, 'until nothing is left');
select is((select due_at from nova.mail_certifications where scope = 'backfill'), 'infinity', 'then it is done');
select is(nova.plan_certifications(), 0, 'once');

-- Its own pages are the first listing.
update flux_inbox_configurations set backfill_completed_at = clock_timestamp();
insert into backfill_windows (config_id, window_start, window_end, began_at, listed_at)
select c.id, w.at, w.at + interval '101 days', '2026-01-02 03:04+00', now()
  from flux_inbox_configurations c
  cross join lateral (select c.backfill_start + n * interval '101 days' from generate_series(0, 3) n) w (at);
create function pg_temp.said(p_window integer, p_day integer, p_ids text[]) returns void language sql as $$
  select nova.note_listed_days(w.id, array[pg_temp.today() + p_day], '{1}', array[sha256(convert_to(i, 'UTF8'))],
                               array[sha256(sha256(convert_to(i, 'UTF8')) || decode('0201', 'hex'))])
    from unnest(p_ids) i, (select id from backfill_windows order by window_start offset p_window limit 1) w
$$;
select nova.note_listed_days(w.id, '{infinity}', '{0}', array[sha256('')], array[sha256('')])
  from backfill_windows w \g /dev/null
select pg_temp.store('a1', pg_temp.today() - 350), pg_temp.store('a2', pg_temp.today() - 350),
       pg_temp.store('b1', pg_temp.today() - 250), pg_temp.store('c1', pg_temp.today() - 150),
       pg_temp.store('d1', pg_temp.today() - 50), pg_temp.store('d2', pg_temp.today() - 49) \g /dev/null
select pg_temp.said(0, -350, '{a2,a1}'), pg_temp.said(1, -250, '{b1,b1}'), pg_temp.said(2, -150, '{c1,c2}'),
       pg_temp.said(3, -50, '{d1}'), pg_temp.said(3, -49, '{d3}') \g /dev/null
select nova.note_listed_days(w.id, '{-infinity}', '{0}', array[sha256('')], array[sha256('')])
  from (select id from backfill_windows order by window_start offset 2 limit 1) w \g /dev/null
delete from nova.mail_certificates;
select nova.plan_certifications() \g /dev/null
update nova.mail_certifications set due_at = 'infinity' where scope <> 'backfill';
select token + 1 as token from nova.mail_certifications where scope = 'backfill' \gset
select is((select own_pages from nova.claim_certifications(1, 'n1', '{}')), true, 'they are judged first');
select nova.begin_comparison(pg_temp.inbox(), from_day, to_day, 'n1') as run from nova.mail_certifications
 where scope = 'backfill' \gset
select nova.open_comparison(:run), nova.keep_certification(pg_temp.inbox(), 'backfill', :token, :run, '') \g /dev/null
select is(nova.end_own_pages(pg_temp.inbox(), 'backfill', :token - 1), null, 'by who has them');
select nova.end_own_pages(pg_temp.inbox(), 'backfill', :token) \g /dev/null
select is((select string_agg(concat_ws(' ', d, c.state, c.stored_count), '; ' order by d)
             from (values (-350), (-300), (-250), (-150), (-50), (-49)) v (d)
             left join nova.mail_certificates c on c.day = pg_temp.today() + d),
          '-350 verified 2; -300 verified 0; -250 unknown; -150 unknown; -50 verified 1; -49 unknown',
          'days that are stored as they said are verified: not one that was listed twice, nor of a window of which '
          'something could not be counted, nor with another message');
select ok((select c.provider_ids = sha256(sha256('a1') || sha256('a2')) and c.provider_ids = c.stored_ids
                  and c.verified_at = '2026-01-02 03:04+00'
             from nova.mail_certificates c where c.day = pg_temp.today() - 350),
          'with the digest that anybody computes, as of when they were listed');
select is((select count(*) from nova.backfill_days), 0::bigint, 'what the pages said is forgotten');
select pg_temp.begin() \g /dev/null
select is(pg_temp.range(), 'backfill -49 -48', 'the others are listed');
select pg_temp.list(pg_temp.run(), 'd3', pg_temp.today() - 49) \g /dev/null
select pg_temp.finish() \g /dev/null
update flux_email_messages set deleted_at = now();
update nova.mail_certifications set due_at = 'infinity', claimed_until = null;
select nova.note_listed_days(id, '{infinity}', '{0}', array[sha256('')], array[sha256('')])
  from backfill_windows limit 1 \g /dev/null
update backfill_windows set restarts = restarts + 1;
select is((select count(*) from nova.backfill_days), 0::bigint, 'a window that begins again has said nothing');
update nova.mail_certifications set due_at = now() + interval '1 day' where scope in ('month', 'recent');

-- What may have been missed.
update flux_inboxes set status = 'auth_expired';
select is((select count(*) from nova.claim_certifications(10, 'n1', '{}')), 0::bigint,
          'a grant that must be authorised again is left alone');
update flux_inboxes set status = 'active';
select is((select array_agg(scope order by scope) from nova.mail_certifications where due_at <= now()),
          '{month,recent}', 'authorised again, its last thirty days are due');

-- An open end has no days without a date.
insert into nova.mail_certificates (inbox_id, day, state) values (pg_temp.inbox(), 'infinity', 'broken');
select nova.begin_comparison(pg_temp.inbox(), pg_temp.today(), null, 'n1') as run \gset
select nova.open_comparison(:run) \g /dev/null
select nova.end_comparison(:run, 1) \g /dev/null
select is((select state from nova.mail_certificates where day = 'infinity'), 'broken',
          'mail without a date is judged with the whole mailbox alone');

-- A day has 24 hours, whatever the clocks of the session do.
set timezone = 'Europe/Berlin';
select is(nova.whole_day('2026-03-29T00:30:00Z'), '2026-03-30', 'what begins within a day has the next one whole');
select is(nova.whole_day('2026-10-25T00:00:00Z'), '2026-10-25', 'what begins with a day has it whole');
select * from finish();
