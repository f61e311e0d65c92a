-- Schedules: cron and time zones, what is refused, missed slots, overlap, one message a slot.
set client_min_messages = warning;
set timezone = 'UTC';
select plan(72);

-- Cron
prepare next_of(text, timestamptz) as select nova.cron_next($1, 'UTC', $2);
create function pg_temp.next_of(p_cron text, p_after text, p_zone text default 'UTC') returns text language sql as $$
  select to_char(nova.cron_next(p_cron, p_zone, p_after::timestamptz), 'YYYY-MM-DD HH24:MI')
$$;
select is(pg_temp.next_of(cron, '2026-11-20 10:07'), want, cron || ' is next at ' || want) from (values
  ('* * * * *', '2026-11-20 10:08'), ('*/15 * * * *', '2026-11-20 10:15'), ('5,10-12/2 * * * *', '2026-11-20 10:10'),
  ('0 9-17 * * mon-fri', '2026-11-20 11:00'), ('30 8 * * *', '2026-11-21 08:30'), ('0 0 1 jan *', '2027-01-01 00:00'),
  ('0 0 * * 7', '2026-11-22 00:00'), ('0 0 * * 0', '2026-11-22 00:00'), ('0 0 13 * fri', '2026-11-27 00:00'),
  ('0 0 */2 * mon', '2026-11-23 00:00'), ('0 12 29 2 *', '2028-02-29 12:00'), ('@hourly', '2026-11-20 11:00'),
  ('@daily', '2026-11-21 00:00'), ('@weekly', '2026-11-22 00:00'), ('@monthly', '2026-12-01 00:00'),
  ('@yearly', '2027-01-01 00:00'), ('  0   22 * *  *', '2026-11-20 22:00'),
  ('10/20 * * * *', '2026-11-20 10:10')) t (cron, want);
select is(pg_temp.next_of('0 0 30 2 *', '2026-01-01'), null, '30 February never comes');
select throws_ok(format('select nova.cron_next(%L, %L, now())', cron, 'UTC'), 'NM005', null,
                 cron || ' is refused')
  from unnest(array['60 * * * *', '* 24 * * *', '* * 0 * *', '* * * 13 *', '* * * * 8', '5-3 * * * *', '*/0 * * * *',
                    'x * * * *', '* * * * mon-xyz', '* * * *', '* * * * * *', '', '@often']) cron;
select throws_ok($$select nova.cron_next('* * * 13 *', 'UTC', now())$$, 'NM005',
                 'cron "* * * 13 *": field 4 (month) has "13", which is not within 1 to 12');

-- Clock changes
select is(pg_temp.next_of(cron, after, zone), want, zone || ' ' || cron || ' after ' || after) from (values
  ('30 2 * * *', 'Europe/Berlin', '2026-03-28 12:00', '2026-03-29 01:00'),
  ('30 2 * * *', 'Europe/Berlin', '2026-03-29 01:00', '2026-03-30 00:30'),
  ('30 2 * * *', 'Europe/Berlin', '2026-10-24 12:00', '2026-10-25 00:30'),
  ('30 2 * * *', 'Europe/Berlin', '2026-10-25 00:30', '2026-10-26 01:30'),
  ('*/30 * * * *', 'Europe/Berlin', '2026-10-25 00:30', '2026-10-25 01:00'),
  ('30 2 * * *', 'America/New_York', '2026-03-07 12:00', '2026-03-08 07:00'),
  ('30 1 * * *', 'America/New_York', '2026-11-01 00:00', '2026-11-01 05:30'),
  ('15 2 * * *', 'Australia/Lord_Howe', '2026-10-02 20:00', '2026-10-03 15:30'),
  ('45 1 * * *', 'Australia/Lord_Howe', '2026-04-04 01:00', '2026-04-04 14:45'),
  ('0 12 30 12 *', 'Pacific/Apia', '2011-12-01 00:00', '2011-12-30 10:00'))
  t (cron, zone, after, want);

-- What a schedule may say
select throws_ok($$insert into messenger_schedules (name, kind, cron, type, timezone)
                   values ('s', 'cron', '* * * * *', 't', 'Mars/Phobos')$$, 'NM005',
                 'schedule "s": time zone "Mars/Phobos" is not known');
select throws_ok($$insert into messenger_schedules (name, kind, cron, type) values ('s', 'cron', '0 0 30 2 *', 't')$$,
                 'NM005', 'schedule "s": cron "0 0 30 2 *" never comes');
select throws_ok($$insert into messenger_schedules (name, kind, every, type) values ('s', 'interval', '1 month', 't')$$,
                 'NM005', null, 'months are of no one length');
select throws_ok($$insert into messenger_schedules (name, kind, cron, every, type)
                   values ('s', 'cron', '* * * * *', '1 minute', 't')$$, '23514', null, 'one kind at a time');
select throws_ok($$insert into messenger_schedules (name, kind, cron, type, overlap)
                   values ('s', 'cron', '* * * * *', 't', 'maybe')$$, '23514', null, 'an unknown overlap');

-- Running. The clock is moved by moving the schedule.
create procedure pg_temp.set_back(p_name text, p_by interval) language sql as $$
  update messenger_schedules set next_run_at = next_run_at - p_by where name = p_name
$$;
create function pg_temp.run() returns text
language sql as $$ select string_agg(outcome, ' ' order by slot) from messenger_run_schedules() $$;
insert into messenger_schedules (name, kind, every, type, body, overlap)
values ('tick', 'interval', '10 minutes', 'job', '{"a": 1}', 'allow');
select is((select next_run_at - created_at from messenger_schedules), '10 minutes',
          'an interval counts from its beginning');
select is(pg_temp.run(), null, 'nothing is due');
call pg_temp.set_back('tick', '10 minutes');
select is(pg_temp.run(), 'sent', 'a slot is sent');
select is(pg_temp.run(), null, 'once');
select results_eq($$select type, body, headers ->> 'schedule' from messenger_messages$$,
                  $$values ('job', '{"a": 1}'::jsonb, 'tick')$$, 'with its message');
select ok((select runs = 1 and last_run_at is not null and next_run_at > now() and last_message_id is not null
             from messenger_schedules), 'and noted');
update messenger_schedules
   set created_at = created_at - interval '65 minutes', next_run_at = next_run_at - interval '65 minutes';
select is(pg_temp.run(), 'sent', 'of missed slots the last is sent');
select is((select missed_runs from messenger_schedules), 5::bigint, 'the others are counted');
update messenger_schedules
   set missed = 'all', created_at = created_at - interval '30 minutes',
       next_run_at = next_run_at - interval '30 minutes';
select is(pg_temp.run(), 'sent sent sent', 'or all');
update messenger_schedules
   set missed = 'skip', created_at = created_at - interval '33 minutes',
       next_run_at = next_run_at - interval '33 minutes';
select is(pg_temp.run(), null, 'or none');
update messenger_schedules set enabled = false;
select is((select next_run_at from messenger_schedules), null, 'a paused schedule has no next run');
update messenger_schedules set enabled = true;
select ok((select next_run_at > now() from messenger_schedules), 'a resumed one none in the past');

-- Overlap
truncate messenger_messages, messenger_schedules;
insert into messenger_schedules (name, kind, every, type, overlap)
select o, 'interval', '1 hour', o, o from unnest(array['allow', 'skip', 'buffer_one', 'cancel_other']) o;
update messenger_schedules
   set created_at = created_at - interval '1 hour', next_run_at = next_run_at - interval '1 hour';
select is(pg_temp.run(), 'sent sent sent sent', 'the first of each');
update messenger_messages set idempotency_key = null; -- the next slot is the same moment again
update messenger_schedules
   set created_at = created_at - interval '1 hour', next_run_at = next_run_at - interval '1 hour';
select set_eq('select name, outcome from messenger_run_schedules()',
              $$values ('allow', 'sent'), ('skip', 'skipped'), ('buffer_one', 'buffered'), ('cancel_other', 'sent')$$,
              'the second while the first waits');
select results_eq('select type, count(*) from messenger_messages group by 1 order by 1',
                  $$values ('allow', 2::bigint), ('buffer_one', 1), ('cancel_other', 1), ('skip', 1)$$,
                  'what was sent');
delete from messenger_messages where type = 'buffer_one';
select results_eq('select name, outcome from messenger_run_schedules()', $$values ('buffer_one', 'sent')$$,
                  'the buffered slot comes when the message before is done');

-- Once, refused, preview, backfill
insert into messenger_schedules (name, kind, run_at, type) values ('past', 'once', now() - interval '3 days', 'once');
select is(pg_temp.run() || coalesce(pg_temp.run(), ''), 'sent', 'once is once, also when it was missed');
insert into messenger_transports (name, type, enabled) values ('off', 'supabase', false);
insert into messenger_schedules (name, kind, every, type, transport) values ('bad', 'interval', '1 hour', 'x', 'off');
call pg_temp.set_back('bad', '1 hour');
select is(pg_temp.run(), 'refused', 'a schedule whose transport is disabled does not hold up the others');
select ok((select last_error ~ 'disabled' and next_run_at <= now() from messenger_schedules where name = 'bad'),
          'and says why');
insert into messenger_schedules (name, kind, cron, type) values ('daily', 'cron', '@daily', 'd');
select results_eq($$select messenger_preview_schedule('daily', 2, '2026-01-01 12:00Z')$$,
                  $$values ('2026-01-02 00:00Z'::timestamptz), ('2026-01-03 00:00Z')$$, 'a preview');
select is((select count(*) from messenger_backfill_schedule('daily', '2026-01-01Z', '2026-01-03Z')), 3::bigint,
          'slots of the past are sent on demand');
select throws_ok($$select messenger_preview_schedule('none')$$, 'NM006', 'there is no schedule "none"');
select results_eq($$select name, kind, schedule from messenger_schedules_summary where name = 'daily'$$,
                  $$values ('daily', 'cron', '@daily')$$, 'the summary');
-- A day of an interval is 24 hours, whatever the clocks of the session do meanwhile.
insert into messenger_schedules (name, kind, every, starts_at, type)
values ('each day', 'interval', '1 day', '2026-01-15 11:00Z', 't');
set timezone = 'Europe/Berlin';
select results_eq($$select p at time zone 'UTC' from messenger_preview_schedule('each day', 3, '2026-07-05 10:30Z') p$$,
                  $$values ('2026-07-05 11:00'::timestamp), ('2026-07-06 11:00'), ('2026-07-07 11:00')$$,
                  'an interval of a day follows no session''s summer time');
reset timezone;
select * from finish();
