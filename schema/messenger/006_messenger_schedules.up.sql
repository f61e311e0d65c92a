-- Schedules: when they are due next, and sending what is due.
--
-- Time zones: a time of day that a clock change leaves out runs at the first moment after the
-- change; one that comes twice runs the first time. A cron whose hour field is * goes by elapsed
-- time instead: it runs in both hours that are called alike.
select nova.expect_names('messenger_backfill_schedule()', 'messenger_preview_schedule()', 'messenger_run_schedules()');

create or replace function nova.messenger_cron_field(p_cron text, p_n integer) returns integer[]
language plpgsql immutable set search_path = pg_catalog, pg_temp as $$
declare
  v_name text := (array['minute', 'hour', 'day', 'month', 'weekday'])[p_n];
  v_low integer := (array[0, 0, 1, 1, 0])[p_n];
  v_high integer := (array[59, 23, 31, 12, 7])[p_n];
  v_names text[] := case p_n
    when 4 then array['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec']
    when 5 then array['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat']
    else '{}' end;
  v_field text := (regexp_split_to_array(p_cron, '[[:space:]]+'))[p_n];
  v_item text;
  v_parts text[];
  v_from integer;
  v_to integer;
  v_step integer;
  v_values integer[] := '{}';
begin
  foreach v_item in array string_to_array(lower(v_field), ',') loop
    v_parts := regexp_match(v_item, '^(?:([*])|([a-z]{3}|[0-9]{1,4})(?:-([a-z]{3}|[0-9]{1,4}))?)(?:/([0-9]{1,4}))?$');
    if v_parts is null then
      raise exception 'cron "%": field % (%) has "%", which is no *, value, range or step', p_cron, p_n, v_name, v_item
        using errcode = 'NM005';
    end if;
    v_step := coalesce(v_parts[4]::integer, 1);
    v_from := case when v_parts[1] is not null then v_low when v_parts[2] ~ '^[0-9]' then v_parts[2]::integer
                   else array_position(v_names, v_parts[2]) - 1 + (p_n = 4)::integer end;
    v_to := case when v_parts[1] is not null then v_high - (p_n = 5)::integer
                 when v_parts[3] ~ '^[0-9]' then v_parts[3]::integer
                 when v_parts[3] is not null then array_position(v_names, v_parts[3]) - 1 + (p_n = 4)::integer
                 when v_parts[4] is not null then v_high - (p_n = 5)::integer else v_from end;
    if v_from is null or v_to is null or v_from < v_low or v_to > v_high or v_from > v_to or v_step < 1 then
      raise exception 'cron "%": field % (%) has "%", which is not within % to %',
        p_cron, p_n, v_name, v_item, v_low, v_high using errcode = 'NM005';
    end if;
    v_values := v_values
      || array(select case when p_n = 5 then v % 7 else v end from generate_series(v_from, v_to, v_step) v);
  end loop;
  return array(select distinct v from unnest(v_values) v order by v);
end
$$;
comment on function nova.messenger_cron_field(text, integer) is
  'The values of one field of a cron expression, in order; Sunday is 0. NM005 says what is wrong and where.';

create or replace function nova.messenger_cron_text(p_cron text) returns text
language plpgsql immutable set search_path = pg_catalog, pg_temp as $$
declare
  v_cron text := btrim(case lower(btrim(p_cron))
    when '@yearly' then '0 0 1 1 *' when '@annually' then '0 0 1 1 *' when '@monthly' then '0 0 1 * *'
    when '@weekly' then '0 0 * * 0' when '@daily' then '0 0 * * *' when '@midnight' then '0 0 * * *'
    when '@hourly' then '0 * * * *' else p_cron end);
begin
  if cardinality(regexp_split_to_array(v_cron, '[[:space:]]+')) <> 5 or v_cron = '' then
    raise exception 'cron "%" has not five fields', p_cron using errcode = 'NM005',
      hint = 'minute hour day month weekday, such as 30 8 * * mon-fri; or @hourly, @daily, @weekly, @monthly, @yearly';
  end if;
  return v_cron;
end
$$;
comment on function nova.messenger_cron_text(text) is 'A cron expression as five fields.';

create or replace function nova.messenger_first_instant(p_local timestamp, p_timezone text) returns timestamptz
language plpgsql stable set search_path = pg_catalog, pg_temp as $$
declare
  v_at timestamptz := p_local at time zone p_timezone;
  v_earlier interval;
  v_low timestamptz;
  v_high timestamptz;
  v_middle timestamptz;
begin
  if v_at at time zone p_timezone = p_local then
    foreach v_earlier in array array['24 hours', '2 hours', '1 hour', '30 minutes']::interval[] loop
      if (v_at - v_earlier) at time zone p_timezone = p_local then
        return v_at - v_earlier;
      end if;
    end loop;
    return v_at;
  end if;
  -- Left out: the change is the first moment whose local time is later.
  v_low := date_trunc('minute', v_at) - interval '26 hours';
  v_high := date_trunc('minute', v_at) + interval '26 hours';
  while v_high - v_low > interval '1 minute' loop
    v_middle := date_trunc('minute', v_low + (v_high - v_low) / 2);
    if v_middle at time zone p_timezone > p_local then
      v_high := v_middle;
    else
      v_low := v_middle;
    end if;
  end loop;
  return v_high;
end
$$;
comment on function nova.messenger_first_instant(timestamp, text) is
  'The moment of a local time: the first of two, or the first after a gap.';

create or replace function nova.messenger_cron_next(p_cron text, p_timezone text, p_after timestamptz)
returns timestamptz
language plpgsql stable set search_path = pg_catalog, pg_temp as $$
declare
  v_cron text := nova.messenger_cron_text(p_cron);
  v_minutes integer[] := nova.messenger_cron_field(v_cron, 1);
  v_hours integer[] := nova.messenger_cron_field(v_cron, 2);
  v_days integer[] := nova.messenger_cron_field(v_cron, 3);
  v_months integer[] := nova.messenger_cron_field(v_cron, 4);
  v_weekdays integer[] := nova.messenger_cron_field(v_cron, 5);
  -- Vixie's rule: a day and a weekday that are both restricted are alternatives.
  v_either boolean := split_part(regexp_replace(v_cron, '[[:space:]]+', ' ', 'g'), ' ', 3) !~ '^[*]'
    and split_part(regexp_replace(v_cron, '[[:space:]]+', ' ', 'g'), ' ', 5) !~ '^[*]';
  v_elapsed boolean := cardinality(v_hours) = 24;
  v_day date := (p_after at time zone p_timezone)::date - 1;
  v_at timestamptz;
  v_best timestamptz;
  v_local timestamp;
begin
  for v_try in 1..3300 loop -- nine years: 29 February may be eight away
    if extract(month from v_day) = any (v_months)
       and (extract(day from v_day) = any (v_days) and extract(dow from v_day) = any (v_weekdays)
            or v_either and (extract(day from v_day) = any (v_days) or extract(dow from v_day) = any (v_weekdays))) then
      v_best := null;
      if v_elapsed then
        v_at := greatest(nova.messenger_first_instant(v_day::timestamp, p_timezone), date_trunc('minute', p_after));
        for v_minute in 1..1620 loop -- 25 hours and some
          v_local := v_at at time zone p_timezone;
          exit when v_local::date > v_day;
          if v_local::date = v_day and v_at > p_after and extract(minute from v_local) = any (v_minutes) then
            return v_at;
          end if;
          v_at := v_at + interval '1 minute';
        end loop;
      else
        select min(c.at) into v_best
          from (select nova.messenger_first_instant(v_day + make_time(h, m, 0), p_timezone) as at
                  from unnest(v_hours) h, unnest(v_minutes) m) c
         where c.at > p_after;
        if v_best is not null then
          return v_best;
        end if;
      end if;
    end if;
    v_day := v_day + 1;
  end loop;
  return null;
end
$$;
comment on function nova.messenger_cron_next(text, text, timestamptz) is
  'The first time of a cron expression after a moment; null when there is none within nine years. NM005: not '
  'understood.';

create or replace function nova.messenger_next_slot(p_schedule public.messenger_schedules, p_after timestamptz)
returns timestamptz
language plpgsql stable set search_path = pg_catalog, pg_temp as $$
declare
  v_after timestamptz := greatest(p_after, p_schedule.starts_at - interval '1 microsecond');
  v_anchor timestamptz := coalesce(p_schedule.starts_at, p_schedule.created_at);
  v_every double precision := extract(epoch from p_schedule.every);
  v_slot timestamptz;
begin
  v_slot := case p_schedule.kind
    when 'cron' then nova.messenger_cron_next(p_schedule.cron, p_schedule.timezone, v_after)
    when 'interval' then case when v_after < v_anchor then v_anchor
                              else v_anchor + make_interval(secs =>
                                     (floor(extract(epoch from v_after - v_anchor) / v_every) + 1) * v_every) end
    else case when p_schedule.run_at > v_after then p_schedule.run_at end end;
  return case when v_slot > p_schedule.ends_at then null else v_slot end;
end
$$;
comment on function nova.messenger_next_slot(public.messenger_schedules, timestamptz) is
  'The first slot of a schedule after a moment; null: none.';

create or replace function nova.messenger_plan_schedule() returns trigger
language plpgsql set search_path = pg_catalog, pg_temp as $$
begin
  if tg_op = 'UPDATE' and (new.kind, new.cron, new.every, new.run_at, new.timezone, new.starts_at, new.ends_at,
                           new.enabled, new.max_runs)
     is not distinct from (old.kind, old.cron, old.every, old.run_at, old.timezone, old.starts_at, old.ends_at,
                           old.enabled, old.max_runs) then
    return new;
  end if;
  if (tg_op = 'INSERT' or new.timezone <> old.timezone)
     and not exists (select from pg_catalog.pg_timezone_names z where z.name = new.timezone) then
    raise exception 'schedule "%": time zone "%" is not known', new.name, new.timezone
      using errcode = 'NM005', hint = 'It takes IANA names, such as Europe/Berlin: select name from pg_timezone_names';
  elsif new.kind = 'interval' and (extract(month from new.every) <> 0 or extract(year from new.every) <> 0) then
    raise exception 'schedule "%": every % has months, which are not of one length', new.name, new.every
      using errcode = 'NM005', hint = 'Use a cron.';
  end if;
  -- From now on: an edit or a resume never sends what passed before. Only what was to run once and
  -- has not is still due.
  new.next_run_at := case when not new.enabled or new.runs >= new.max_runs then null
                          when new.kind = 'once' then
                            case when new.last_slot is distinct from new.run_at then new.run_at end
                          else nova.messenger_next_slot(new, now()) end;
  if new.enabled and new.kind = 'cron' and new.next_run_at is null and new.ends_at is null and new.max_runs is null then
    raise exception 'schedule "%": cron "%" never comes', new.name, new.cron using errcode = 'NM005';
  end if;
  return new;
end
$$;
comment on function nova.messenger_plan_schedule() is 'Refuses what cannot run (NM005) and keeps next_run_at.';
create or replace trigger messenger_plan_schedule before insert or update on public.messenger_schedules
  for each row execute function nova.messenger_plan_schedule();

create or replace function nova.messenger_send_slot(p_schedule public.messenger_schedules, p_slot timestamptz)
returns bigint
language sql set search_path = pg_catalog, pg_temp set timezone = 'UTC' as $$
  select s.id from public.messenger_send(array[jsonb_build_object(
    'type', p_schedule.type, 'body', p_schedule.body, 'transport', p_schedule.transport,
    'headers', p_schedule.headers || jsonb_build_object('schedule', p_schedule.name, 'slot', p_slot),
    'queue', p_schedule.queue, 'priority', p_schedule.priority, 'tenant_id', p_schedule.tenant_id,
    'delay', random() * p_schedule.jitter, 'idempotency_key',
    format('schedule:%s:%s', p_schedule.id, to_char(p_slot at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"')))]) s
$$;
comment on function nova.messenger_send_slot(public.messenger_schedules, timestamptz) is
  'Sends the message of a slot, under a key of its own.';

create or replace function nova.messenger_may_overlap(p_schedule public.messenger_schedules) returns boolean
language plpgsql set search_path = pg_catalog, pg_temp as $$
declare
  v_status text;
begin
  if p_schedule.overlap = 'allow' then
    return true;
  end if;
  select m.status into v_status from public.messenger_messages m
   where m.id = p_schedule.last_message_id and m.status <> 'completed';
  if v_status = 'pending' and p_schedule.overlap = 'cancel_other' then
    delete from public.messenger_messages m where m.id = p_schedule.last_message_id and m.status = 'pending';
    return found;
  end if;
  return v_status is null;
end
$$;
comment on function nova.messenger_may_overlap(public.messenger_schedules) is
  'Whether the next message of a schedule may be sent now; removes the one before when the schedule says so.';

create or replace function nova.messenger_due_slots(p_schedule public.messenger_schedules) returns timestamptz[]
language plpgsql stable set search_path = pg_catalog, pg_temp as $$
declare
  v_slots timestamptz[] := '{}';
  v_slot timestamptz := p_schedule.next_run_at;
begin
  while v_slot <= now() and cardinality(v_slots) < 10000 loop
    v_slots := v_slots || v_slot;
    v_slot := nova.messenger_next_slot(p_schedule, v_slot);
  end loop;
  return v_slots;
end
$$;
comment on function nova.messenger_due_slots(public.messenger_schedules) is
  'Slots that have passed since the last run, at most 10,000.';

create or replace function nova.messenger_run_schedule(p_schedule public.messenger_schedules)
returns table (slot timestamptz, message_id bigint, outcome text)
language plpgsql set search_path = pg_catalog, pg_temp set timezone = 'UTC' as $$
#variable_conflict use_column
declare
  v_due timestamptz[] := nova.messenger_due_slots(p_schedule);
  -- A minute late is on time: the caller comes by only so often.
  v_missed timestamptz[] := array(select s.at from unnest(v_due) s (at)
                                   where s.at < now() - interval '1 minute'
                                   order by s.at);
  v_wanted timestamptz[] := v_due[cardinality(v_missed) + 1:];
  v_caught_up timestamptz[] := array(select s.at from unnest(v_missed) s (at)
    where p_schedule.kind = 'once' or s.at >= now() - p_schedule.catchup_window order by s.at);
  v_slot timestamptz;
begin
  if p_schedule.missed = 'all' then
    v_wanted := v_caught_up[greatest(cardinality(v_caught_up) - 999, 1):] || v_wanted;
  elsif p_schedule.missed = 'last' and v_wanted = '{}' then
    v_wanted := v_caught_up[cardinality(v_caught_up):];
  end if;
  p_schedule.missed_runs := p_schedule.missed_runs + cardinality(v_due) - cardinality(v_wanted);
  if p_schedule.buffered_slot is not null then
    v_wanted := p_schedule.buffered_slot || v_wanted;
    p_schedule.buffered_slot := null;
  end if;
  foreach v_slot in array v_wanted loop
    exit when p_schedule.runs >= p_schedule.max_runs;
    if nova.messenger_may_overlap(p_schedule) then
      p_schedule.last_message_id := nova.messenger_send_slot(p_schedule, v_slot);
      p_schedule.last_slot := v_slot;
      p_schedule.last_run_at := clock_timestamp();
      p_schedule.runs := p_schedule.runs + 1;
      return query select v_slot, p_schedule.last_message_id, 'sent';
    elsif p_schedule.overlap = 'buffer_one' and p_schedule.buffered_slot is null then
      p_schedule.buffered_slot := v_slot;
      return query select v_slot, null::bigint, 'buffered';
    else
      p_schedule.skipped_runs := p_schedule.skipped_runs + 1;
      return query select v_slot, null::bigint, 'skipped';
    end if;
  end loop;
  update public.messenger_schedules s
     set missed_runs = p_schedule.missed_runs, buffered_slot = p_schedule.buffered_slot,
         last_message_id = p_schedule.last_message_id, last_slot = p_schedule.last_slot,
         last_run_at = p_schedule.last_run_at, runs = p_schedule.runs, skipped_runs = p_schedule.skipped_runs,
         last_error = null,
         next_run_at = case when p_schedule.runs >= p_schedule.max_runs or (s.kind = 'once' and v_due <> '{}') then null
                            when v_due = '{}' then s.next_run_at
                            else nova.messenger_next_slot(p_schedule, greatest(now(), v_due[cardinality(v_due)])) end
   where s.id = p_schedule.id;
end
$$;
comment on function nova.messenger_run_schedule(public.messenger_schedules) is
  'Sends what is due of a schedule whose row the caller has locked, and moves it on, in one transaction.';

create or replace function public.messenger_run_schedules(p_limit integer default 100)
returns table (schedule_id uuid, name text, slot timestamptz, message_id bigint, outcome text)
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
#variable_conflict use_column
declare
  v_schedule public.messenger_schedules;
begin
  for v_schedule in
    select s.* from public.messenger_schedules s
     where s.enabled and (s.next_run_at <= now() or s.buffered_slot is not null)
     order by s.next_run_at limit p_limit for update skip locked
  loop
    begin
      return query
        select v_schedule.id, v_schedule.name, r.slot, r.message_id, r.outcome
          from nova.messenger_run_schedule(v_schedule) r;
    exception when others then
      -- One that cannot be sent, to a transport that is disabled perhaps, must not hold up the others.
      update public.messenger_schedules s
         set last_error = sqlerrm, missed_runs = s.missed_runs + 1,
             next_run_at = nova.messenger_next_slot(v_schedule, now())
       where s.id = v_schedule.id;
      return query select v_schedule.id, v_schedule.name, v_schedule.next_run_at, null::bigint, 'refused';
    end;
  end loop;
end
$$;
comment on function public.messenger_run_schedules(integer) is
  'Sends the messages of schedules that are due; call it every second or so, from as many places as you like: '
  'a slot is sent once. sent, buffered or skipped (overlap), refused (last_error says why).';

create or replace function public.messenger_preview_schedule(p_name text, p_n integer default 5,
                                                             p_after timestamptz default now())
returns setof timestamptz
language plpgsql stable security definer set search_path = pg_catalog, pg_temp as $$
declare
  v_schedule public.messenger_schedules;
  v_slot timestamptz := p_after;
begin
  select s.* into v_schedule from public.messenger_schedules s where s.name = p_name;
  if not found then
    raise exception 'there is no schedule "%"', p_name
      using errcode = 'NM006', hint = 'List them: select * from messenger_schedules_summary';
  end if;
  for i in 1..least(p_n, 1000) loop
    v_slot := nova.messenger_next_slot(v_schedule, v_slot);
    exit when v_slot is null;
    return next v_slot;
  end loop;
end
$$;
comment on function public.messenger_preview_schedule(text, integer, timestamptz) is
  'The next slots of a schedule. NM006: there is none of that name.';

create or replace function public.messenger_backfill_schedule(p_name text, p_from timestamptz, p_to timestamptz)
returns table (slot timestamptz, message_id bigint)
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
#variable_conflict use_column
declare
  v_schedule public.messenger_schedules;
  v_slots timestamptz[];
begin
  select s.* into v_schedule from public.messenger_schedules s where s.name = p_name for no key update;
  v_slots := array(select p.at
                     from public.messenger_preview_schedule(p_name, 1000, p_from - interval '1 microsecond') p (at)
                    where p.at <= p_to);
  return query select s.at, nova.messenger_send_slot(v_schedule, s.at) from unnest(v_slots) s (at);
end
$$;
comment on function public.messenger_backfill_schedule(text, timestamptz, timestamptz) is
  'Sends the slots of a time that has passed, at most 1,000. NM006: there is no schedule of that name.';

do $$
declare
  v_function regprocedure;
begin
  foreach v_function in array array['nova.messenger_cron_field(text, integer)',
      'nova.messenger_cron_text(text)',
      'nova.messenger_first_instant(timestamp, text)',
      'nova.messenger_cron_next(text, text, timestamptz)',
      'nova.messenger_next_slot(public.messenger_schedules, timestamptz)',
      'nova.messenger_plan_schedule()',
      'nova.messenger_send_slot(public.messenger_schedules, timestamptz)',
      'nova.messenger_may_overlap(public.messenger_schedules)',
      'nova.messenger_due_slots(public.messenger_schedules)',
      'nova.messenger_run_schedule(public.messenger_schedules)',
      'public.messenger_run_schedules(integer)',
      'public.messenger_preview_schedule(text, integer, timestamptz)',
      'public.messenger_backfill_schedule(text, timestamptz, timestamptz)']::regprocedure[] loop
    execute format('revoke all on function %s from public', v_function);
    if to_regrole('anon') is not null then
      execute format('revoke all on function %s from anon, authenticated', v_function);
    end if;
    if to_regrole('service_role') is not null and v_function::text ~ '^(public[.])?messenger_' then
      execute format('grant execute on function %s to service_role', v_function);
    end if;
  end loop;
end
$$;
select nova.mark_names();
