-- A day is verified only by a whole comparison that found it equal and that nobody wrote into; what differs is named.
set client_min_messages = warning;
set timezone = 'Pacific/Auckland';
select plan(41);

insert into flux_inboxes (id, email, grant_id) values ('00000000-0000-0000-0000-00000000000a', 'ann@example.com', 'g1');
create function pg_temp.inbox() returns uuid language sql immutable as
  $$ select '00000000-0000-0000-0000-00000000000a'::uuid $$;
create function pg_temp.now_us() returns bigint language sql as
  $$ select (extract(epoch from clock_timestamp()) * 1000000)::bigint $$;
-- A message that was read at that time; its hashes follow from its subject.
create function pg_temp.store(p_id text, p_date text, p_subject text default 's', p_at bigint default 1000,
                              p_origin text default 'backfill') returns void language sql as $$
  select nova.store_messages(array[pg_temp.inbox()], array[p_id], '{t1}', array[p_subject], '{x}', '{b}', '{[]}',
                             '{[]}', '{[]}', '{[]}', '{[]}', '{[]}', '{[]}', '{"{}"}',
                             array[extract(epoch from p_date::timestamptz)::bigint], '{f}', '{f}', '{32767}',
                             array[sha256(convert_to(p_subject, 'UTF8'))], array['\x01'::bytea], array[p_at],
                             array[p_at], array[p_origin], '{""}')
$$;
-- What a page says; like the query, but for fields.
create function pg_temp.list(p_run bigint, p_id text, p_day text, p_subject text default 's') returns void
language sql as $$
  insert into nova.mail_listed (comparison_id, nylas_message_id, day, hi, content, seen, differs)
  select p_run, p_id, p_day::date, pg_temp.now_us(), sha256(convert_to(p_subject, 'UTF8')) || '\x01',
         m.core_hash || m.extra_hash,
         case when m.subject is null then 'missing' when m.subject <> p_subject then 'subject' else '' end
    from (values (1)) v left join flux_email_messages m on m.nylas_message_id = p_id and m.deleted_at is null
$$;
create function pg_temp.days() returns text language sql as $$
  select string_agg(concat_ws(' ', to_char(c.day, 'YYYY-MM-DD'), c.state, c.provider_count, c.stored_count,
                              nullif(c.missing, '{}'), nullif(c.extra, '{}'), nullif(c.differing, '{}'),
                              nullif(c.rejected, '{}')), '; '
                    order by c.day)
    from nova.mail_certificates c
$$;

select is(nova.mail_day('2026-01-31 23:59:59.999+00'), '2026-01-31'::date, 'a day is one of UTC');
select is(nova.mail_day(null), 'infinity'::date, 'mail without a date has a day of its own');
select is(nova.mail_day(nova.mail_time(999999999999)), 'infinity'::date, 'so has mail of no year');
select ok(nova.same_addresses('[{"email":"Bob@X.com","name":"Bob"}]', '[{"email":"bob@x.COM","name":"Bob"}]'),
          'the case of an address is of no account');
select ok(not nova.same_addresses('[{"email":"b@x.com","name":"Bob"}]', '[{"email":"b@x.com","name":"bob"}]'),
          'that of a name is');
select ok(nova.same_addresses('[]', '[]') and not nova.same_addresses(null, '[]'), 'none is not unknown');

select pg_temp.store('m1', '2026-01-01 10:00+00'), pg_temp.store('m2', '2026-01-01 23:59:59+00'),
       pg_temp.store('m3', '2026-01-02 00:00+00') \g /dev/null
select is((select count(*) from nova.mail_certificates), 0::bigint, 'mail alone makes no certificate');

-- Equal.
select nova.begin_comparison(pg_temp.inbox(), '2026-01-01', '2026-01-04', 'n1') as run \gset
select is(pg_temp.days(), '2026-01-01 unknown; 2026-01-02 unknown; 2026-01-03 unknown', 'each day of a range');
select nova.open_comparison(:run) \g /dev/null
select pg_temp.list(:run, 'm1', '2026-01-01'), pg_temp.list(:run, 'm2', '2026-01-01'),
       pg_temp.list(:run, 'm3', '2026-01-02') \g /dev/null
select ok(nova.comparison_settled(:run), 'nobody writes');
select ok(nova.end_comparison(:run, 3), 'equal');
select is(pg_temp.days(), '2026-01-01 verified 2 2; 2026-01-02 verified 1 1; 2026-01-03 verified 0 0', 'all days');
select is((select provider_ids from nova.mail_certificates where day = '2026-01-01'),
          sha256(sha256('m1') || sha256('m2')), 'the digest of ids is what anybody can compute');
select is((select count(*) from nova.mail_certificates where provider_content = stored_content), 3::bigint,
          'so is that of the content');
select is((select count(*) from nova.mail_listed), 0::bigint, 'the list is not kept');
select throws_ok(format('select nova.end_comparison(%s, 3)', :run), '55000', null, 'a comparison ends once');
select is((select days_verified from mail_completeness), 3::bigint, 'the view says so');

-- Who writes is noticed.
select pg_temp.store('m3', '2026-01-02 00:00+00', 's', 2000) \g /dev/null
select is(pg_temp.days(), '2026-01-01 verified 2 2; 2026-01-02 verified 1 1; 2026-01-03 verified 0 0',
          'seen again as it is touches nothing');
select pg_temp.store('m3', '2026-01-03 00:00+00', 'other', 3000) \g /dev/null
select is(pg_temp.days(), '2026-01-01 verified 2 2; 2026-01-02 stale 1 1; 2026-01-03 stale 0 0',
          'a new date touches two days');
select nova.tombstone_messages(array[pg_temp.inbox()], '{m1}', '{4000}', '{4000}') \g /dev/null
select is((select state from nova.mail_certificates where day = '2026-01-01'), 'stale', 'a deletion one');

-- Different.
select nova.begin_comparison(pg_temp.inbox(), '2026-01-01', '2026-01-04', 'n1') as run \gset
select nova.open_comparison(:run) \g /dev/null
select pg_temp.list(:run, 'gone', '2026-01-01'), pg_temp.list(:run, 'm3', '2026-01-03', 's') \g /dev/null
insert into nova.mail_listed (comparison_id, nylas_message_id, day, hi, content, rejected)
values (:run, 'odd', '2026-01-02', pg_temp.now_us(), '', 'no object') \g /dev/null
select ok(not nova.end_comparison(:run, 3), 'not equal');
select is(pg_temp.days(), '2026-01-01 broken 1 1 {gone} {m2}; 2026-01-02 broken 1 0 {odd}; 2026-01-03 broken 1 1 {m3}',
          'each is named');
select is((select verified_at < compared_at from nova.mail_certificates where day = '2026-01-01'), true,
          'when it was verified last stays');

-- What changes while it is listed is no difference.
select nova.begin_comparison(pg_temp.inbox(), null, null, 'n2') as run \gset
select nova.open_comparison(:run) \g /dev/null
select pg_temp.list(:run, 'm2', '2026-01-01'), pg_temp.list(:run, 'm3', '2026-01-03', 'newer'),
       pg_temp.list(:run, 'new', '2026-01-05') \g /dev/null
select pg_temp.store('m3', '2026-01-03 00:00+00', 'newer', pg_temp.now_us()),
       pg_temp.store('new', '2026-01-05 12:00+00', 's', pg_temp.now_us(), 'webhook'),
       pg_temp.store('later', '2026-01-06 12:00+00', 's', pg_temp.now_us(), 'webhook'),
       pg_temp.store('nodate', null, 's', pg_temp.now_us(), 'webhook') \g /dev/null
select ok(nova.end_comparison(:run, 3), 'nothing differs');
select is((select sum(in_flight) from nova.mail_certificates), 4::bigint, 'what was in flight is counted');
select is((select string_agg(state, ' ' order by day) from nova.mail_certificates),
          'verified verified stale stale stale stale',
          'and its days are not verified');
select is((select max(day) from nova.mail_certificates), 'infinity'::date, 'the whole mailbox has mail without a date');

-- A writer that nobody saw begin.
select tap.dblink_connect('w', current_setting('nova_test.connection')) \g /dev/null
select tap.dblink_exec('w', 'begin') \g /dev/null
select tap.dblink_exec('w', $$insert into flux_email_messages (inbox_id, nylas_message_id, lo, hi, message_date)
                         values ('00000000-0000-0000-0000-00000000000a', 'unseen', 1, 1, '2026-01-02')$$) \g /dev/null
select nova.begin_comparison(pg_temp.inbox(), '2026-01-02', '2026-01-03', 'n1') as run \gset
select nova.open_comparison(:run) \g /dev/null
select ok(not nova.comparison_settled(:run), 'a transaction that is open may have written mail');
select ok(nova.end_comparison(:run, 1), 'nothing differs yet');
select is((select state from nova.mail_certificates where day = '2026-01-02'), 'stale', 'but the day is not verified');
select tap.dblink_exec('w', 'commit') \g /dev/null
select tap.dblink_disconnect('w') \g /dev/null
select ok((select nova.comparison_settled(max(id)) from nova.mail_comparisons), 'once it has ended, all have');

-- Two at one time: what was written after the first began is not hidden by the second.
select nova.begin_comparison(pg_temp.inbox(), '2026-04-01', '2026-04-02', 'n1') as run \gset
select nova.open_comparison(:run), pg_temp.store('m4', '2026-04-01 10:00+00') \g /dev/null
select nova.begin_comparison(pg_temp.inbox(), '2026-04-01', '2026-04-02', 'n2') as other \gset
select nova.open_comparison(:other), pg_temp.list(:run, 'm4', '2026-04-01'), pg_temp.list(:other, 'm4', '2026-04-01')
  \g /dev/null
select nova.end_comparison(:run, 1) \g /dev/null
select is((select state from nova.mail_certificates where day = '2026-04-01'), 'stale', 'not by the one before');
select nova.end_comparison(:other, 1) \g /dev/null
select is((select state from nova.mail_certificates where day = '2026-04-01'), 'verified', 'by the one after');

-- What the provider does not list.
select nova.begin_comparison(pg_temp.inbox(), '2026-01-01', '2026-01-04', 'n1', '2026-01-03') as run \gset
select nova.open_comparison(:run) \g /dev/null
select pg_temp.list(:run, 'm3', '2026-01-03', 'newer') \g /dev/null
select ok(nova.end_comparison(:run, 1), 'is no difference');
select is((select string_agg(concat_ws(' ', state, nullif(reason, '')), '; ' order by day) from nova.mail_certificates
            where day < '2026-01-04'),
          'unprovable the provider lists mail from 2026-01-03 on; '
          'unprovable the provider lists mail from 2026-01-03 on; verified', 'but cannot be proved');

-- A version that was read after the list, though it is what was there before: a flag went to and fro.
insert into nova.mail_comparisons (inbox_id, from_day, to_day, compared_by)
values (pg_temp.inbox(), '2026-03-01', '2026-03-02', 'n1') returning id as run \gset
select nova.open_comparison(:run), pg_temp.store('toggled', '2026-03-01 10:00+00', 'read') \g /dev/null
select pg_temp.list(:run, 'toggled', '2026-03-01', 'unread') \g /dev/null
select is((select what from nova.judge_comparison(:run) where id = 'toggled'), 'differing', 'older than the list');
select pg_temp.store('toggled', '2026-03-01 10:00+00', 'read', pg_temp.now_us()) \g /dev/null
select is((select what from nova.judge_comparison(:run) where id = 'toggled'), 'in flight', 'newer than the list');

-- The log.
select is((select count(*) from nova.broken_links(pg_temp.inbox())), 0::bigint, 'the log is whole');
select throws_ok('update nova.mail_certificate_events set day = day', '55000', null, 'it is only added to');
select throws_ok('delete from nova.mail_certificate_events', '55000', null, 'nothing is taken out');
alter table nova.mail_certificate_events disable trigger only_added_to;
delete from nova.mail_certificate_events where id = (select min(id) + 2 from nova.mail_certificate_events);
select isnt((select count(*) from nova.broken_links(pg_temp.inbox())), 0::bigint, 'what somebody took out is missed');
alter table nova.mail_certificate_events enable trigger only_added_to;
select lives_ok('delete from flux_inboxes', 'an inbox takes its certificates along');
select * from finish();
