-- Slots are not lost to what passes, and years without a run are counted by arithmetic.
set client_min_messages = warning;
set timezone = 'UTC';
select no_plan();

-- Refused for a moment
create function pg_temp.run() returns text
language sql as $$ select string_agg(name || ' ' || outcome, ', ' order by name) from messenger_run_schedules() $$;
insert into messenger_transports (name, type) values ('door', 'supabase');
insert into messenger_schedules (name, kind, cron, run_at, type, transport)
values ('nightly', 'cron', '0 3 * * *', null, 'n', 'door'), ('once', 'once', null, now(), 'o', 'door');
update messenger_schedules set next_run_at = now() - interval '1 second';
update messenger_transports set enabled = false;
select is(pg_temp.run(), 'nightly refused, once refused', 'a disabled transport refuses');
select is(pg_temp.run(), 'nightly refused, once refused', 'as long as it is disabled');
select ok((select bool_and(last_error ~ 'disabled' and missed_runs = 0) from messenger_schedules),
          'nothing is lost yet');
insert into messenger_schedules (name, kind, run_at, type) values ('other', 'once', now(), 'x');
select results_eq('select name, outcome from messenger_run_schedules(1)', $$values ('other', 'sent')$$,
                  'what is refused again and again does not keep the others waiting');
update messenger_transports set enabled = true;
select is(pg_temp.run(), 'nightly sent, once sent', 'and sent when it is enabled');
select ok((select bool_and(last_error is null and runs = 1) from messenger_schedules), 'once');

-- A deadlock in the moment of a slot
create table bad_hour (code text);
insert into bad_hour values ('40P01');
create function bad_hour() returns trigger language plpgsql as $$
begin
  raise exception 'a bad hour' using errcode = (select code from public.bad_hour);
end
$$;
create trigger bad_hour before insert on messenger_messages
  for each row when (new.transport = 'sick') execute function bad_hour();
insert into messenger_schedules (name, kind, run_at, type, transport, catchup_window)
values ('deadlock', 'once', now() - interval '3 days', 'd', 'sick', '1 day');
select is(pg_temp.run(), 'deadlock refused', 'a deadlock');
select ok((select next_run_at is not null from messenger_schedules where name = 'deadlock'),
          'is tried again, however late it is');
update bad_hour set code = 'P0001';
select is(pg_temp.run(), 'deadlock refused', 'what is refused for another reason');
select ok((select next_run_at is null and missed_runs = 1 and last_error = 'a bad hour'
             from messenger_schedules where name = 'deadlock'), 'is given up after the catch-up window');
drop trigger bad_hour on messenger_messages;
truncate messenger_messages, messenger_schedules;

-- Counting is what walking finds: each kind, both ends, days on which clocks change
create function pg_temp.walk(p_schedule messenger_schedules, p_after timestamptz, p_until timestamptz)
returns timestamptz[] language plpgsql as $$
declare
  v_slots timestamptz[] := '{}';
  v_slot timestamptz := p_after;
begin
  loop
    v_slot := nova.messenger_next_slot(p_schedule, v_slot);
    exit when v_slot is null or v_slot > p_until;
    v_slots := v_slots || v_slot;
  end loop;
  return v_slots;
end
$$;
insert into messenger_schedules (name, kind, cron, every, timezone, starts_at, ends_at, type)
select c || ' ' || z, 'cron', c, null::interval, z, null::timestamptz, null::timestamptz, 't'
  from unnest(array['*/7 * * * *', '30 2 * * *', '15,45 1-3 * * sun', '0 0 13 * fri', '0 */6 1-15 * *']) c,
       unnest(array['UTC', 'Europe/Berlin', 'Australia/Lord_Howe', 'Pacific/Apia', 'Asia/Beirut', 'America/St_Johns']) z
union all
select e, 'interval', null, e::interval, 'UTC', '2011-11-01 10:00:00.5Z', null, 't'
  from unnest(array['1.1 seconds', '7 minutes', '1 day', '1 hour 0.000001 seconds']) e
union all
select 'ends', 'interval', null, '1 hour', 'UTC', '2011-12-02Z', '2011-12-20Z', 't';
select is((nova.messenger_count_slots(s, r.a, r.b), nova.messenger_last_slots(s, r.a, r.b, 5)),
          (cardinality(w)::bigint, w[greatest(cardinality(w) - 4, 1):]),
          format('%s: as many from %s to %s, and the same ones', s.name, r.a, r.b))
  from messenger_schedules s,
       (values ('2011-12-27 22:10Z'::timestamptz, '2012-01-01 10:00Z'::timestamptz),
               ('2026-03-27 23:59Z', '2026-04-06 00:00Z'), ('2026-10-03 15:00Z', '2026-10-04 15:29Z'),
               ('2026-10-20 00:00:30Z', '2026-11-02 06:00:01Z')) r (a, b),
       pg_temp.walk(s, r.a, r.b) w
 where s.kind = 'cron' or (s.every >= '7 minutes' and r.a < '2012-01-01') or s.name = 'ends';
select is(cardinality(pg_temp.walk(s, s.starts_at - interval '1 second', s.starts_at + interval '110 seconds')), 101,
          'an interval with a fraction comes to no slot twice') from messenger_schedules s where name = '1.1 seconds';
truncate messenger_schedules;

-- Down for long
insert into messenger_schedules (name, kind, cron, type, missed, overlap)
values ('minute last', 'cron', '* * * * *', 'm', 'last', 'allow'),
       ('minute all', 'cron', '* * * * *', 'm', 'all', 'allow'),
       ('minute skip', 'cron', '* * * * *', 'm', 'skip', 'allow'),
       ('hour last', 'cron', '@hourly', 'h', 'last', 'allow');
update messenger_schedules
   set catchup_window = case when name = 'hour last' then interval '1 day' else '1 hour' end,
       next_run_at = date_trunc('hour', now())
         - case when name = 'hour last' then interval '730 days' else interval '60 days' end;
-- The minute that has just begun is on time.
create table began as select clock_timestamp() as at;
create table ran as select * from messenger_run_schedules();
select cmp_ok(clock_timestamp() - (select at from began), '<', interval '1 second',
              'sixty days and two years cost no time');
select ok((select min(slot) > now() - interval '2 minutes' and count(*) between 1 and 2
             from ran where name = 'minute last'), 'the last slot is that of now');
select ok((select max(slot) > now() - interval '1 hour 1 second' from ran where name = 'hour last'),
          'of hours too');
select ok((select count(*) between 60 and 62 and min(slot) >= now() - interval '1 hour'
             from ran where name = 'minute all'), 'all are those of the catch-up window');
select is(s.missed_runs + s.runs, 1 + floor(extract(epoch from date_trunc('minute', now())
            - (date_trunc('hour', now()) - interval '60 days')) / 60)::bigint,
          s.name || ': every slot is sent or counted as missed')
  from messenger_schedules s where s.name like 'minute%';
select is(s.missed_runs + s.runs, 730 * 24 + 1::bigint, 'two years of hours are counted')
  from messenger_schedules s where s.name = 'hour last';
select ok((select bool_and(next_run_at > now()) from messenger_schedules), 'and the next is in the future');
truncate messenger_messages, messenger_schedules;
insert into messenger_schedules (name, kind, every, starts_at, type, missed)
values ('second', 'interval', '1 second', now() - interval '10 years', 's', 'last');
update messenger_schedules set next_run_at = starts_at;
drop table ran;
create table ran as select * from messenger_run_schedules();
select cmp_ok((select max(slot) from ran), '>', now() - interval '3 seconds', 'ten years of seconds');
select cmp_ok((select missed_runs + skipped_runs + runs from messenger_schedules), '>', 315000000::bigint,
              'are counted');

-- The clock goes back
insert into messenger_schedules (name, kind, cron, type) values ('early', 'cron', '* * * * *', 'e');
set session_replication_role = replica;
update messenger_schedules set next_run_at = now() + interval '1 day', updated_at = now() + interval '1 day';
set session_replication_role = origin;
select pg_temp.run() \g /dev/null
select ok((select bool_and(next_run_at <= now() + interval '1 minute') from messenger_schedules),
          'a next run that a wrong clock has planned is planned again');
select * from finish();
