-- Schedules: when they are due next, and sending what is due.
select nova.expect_names('messenger_backfill_schedule()', 'messenger_preview_schedule()', 'messenger_run_schedules()',
  'messenger_run_schedule_now()');

create or replace function nova.messenger_interval_slot(p_schedule public.messenger_schedules, p_at timestamptz,
                                                        out n bigint, out slot timestamptz)
language plpgsql stable set search_path = pg_catalog, pg_temp as $$
declare
  v_anchor timestamptz := coalesce(p_schedule.starts_at, p_schedule.created_at);
  -- In whole microseconds: in fractions of seconds a slot is before itself now and then.
  v_every bigint := extract(epoch from p_schedule.every) * 1000000;
begin
  n := case when p_at < v_anchor then -1 else (extract(epoch from p_at - v_anchor) * 1000000)::bigint / v_every end;
  slot := v_anchor + n * v_every * interval '1 microsecond';
end
$$;
comment on function nova.messenger_interval_slot(public.messenger_schedules, timestamptz) is
  'Number and time of the last slot of an interval that is not after a moment; -1: before its first, which is 0.';

create or replace function nova.messenger_next_slot(p_schedule public.messenger_schedules, p_after timestamptz)
returns timestamptz
language plpgsql stable set search_path = pg_catalog, pg_temp as $$
declare
  v_after timestamptz := greatest(p_after, p_schedule.starts_at - interval '1 microsecond');
  v_slot timestamptz;
begin
  v_slot := case p_schedule.kind
    when 'cron' then nova.cron_next(p_schedule.cron, p_schedule.timezone, v_after)
    when 'interval' then (nova.messenger_interval_slot(p_schedule, v_after)).slot
                         + make_interval(secs => extract(epoch from p_schedule.every)::double precision)
    else case when p_schedule.run_at > v_after then p_schedule.run_at end end;
  return case when v_slot > p_schedule.ends_at then null else v_slot end;
end
$$;
comment on function nova.messenger_next_slot(public.messenger_schedules, timestamptz) is
  'The first slot of a schedule after a moment; null: none.';

create or replace function nova.messenger_count_slots(p_schedule public.messenger_schedules, p_after timestamptz,
                                                      p_until timestamptz)
returns bigint
language plpgsql stable set search_path = pg_catalog, pg_temp as $$
declare
  v_after timestamptz := greatest(p_after, p_schedule.starts_at - interval '1 microsecond');
  v_until timestamptz := least(p_until, p_schedule.ends_at);
begin
  return case
    when v_after >= v_until then 0
    when p_schedule.kind = 'cron'
      then nova.cron_count(p_schedule.cron, p_schedule.timezone, v_after, v_until)
    else (nova.messenger_interval_slot(p_schedule, v_until)).n
         - (nova.messenger_interval_slot(p_schedule, v_after)).n end;
end
$$;
comment on function nova.messenger_count_slots(public.messenger_schedules, timestamptz, timestamptz) is
  'How many slots of a schedule that repeats are after one moment and not after another: by arithmetic, so that '
  'years cost no more than days.';

create or replace function nova.messenger_last_slots(p_schedule public.messenger_schedules, p_after timestamptz,
                                                     p_until timestamptz, p_n integer)
returns timestamptz[]
language plpgsql stable set search_path = pg_catalog, pg_temp as $$
declare
  v_after timestamptz := greatest(p_after, p_schedule.starts_at - interval '1 microsecond');
  v_until timestamptz := least(p_until, p_schedule.ends_at);
  v_slots timestamptz[] := '{}';
  v_day date;
begin
  if v_after >= v_until then
    return v_slots;
  elsif p_schedule.kind = 'cron' then
    for v_day in
      select u.day
        from unnest(nova.cron_days(p_schedule.cron, (v_after at time zone p_schedule.timezone)::date - 1,
                                             (v_until at time zone p_schedule.timezone)::date + 1)) u (day)
       order by u.day desc
    loop
      v_slots := array(select distinct t.at
                         from (select nova.cron_times(p_schedule.cron, p_schedule.timezone, v_day)
                               union all select unnest(v_slots)) t (at)
                        where t.at > v_after and t.at <= v_until order by t.at);
      exit when cardinality(v_slots) >= p_n;
    end loop;
  else
    v_slots := array(
      select l.slot - b.back * make_interval(secs => extract(epoch from p_schedule.every)::double precision)
        from nova.messenger_interval_slot(p_schedule, v_until) l, nova.messenger_interval_slot(p_schedule, v_after) a,
             generate_series(least(p_n, l.n - a.n) - 1, 0, -1) b (back));
  end if;
  return v_slots[greatest(cardinality(v_slots) - p_n + 1, 1):];
end
$$;
comment on function nova.messenger_last_slots(public.messenger_schedules, timestamptz, timestamptz, integer) is
  'The last n slots of a schedule that repeats that are after one moment and not after another, in order.';

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
  perform pg_notify('nova_jobs', 'schedules');
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

create or replace function nova.messenger_due_slots(p_schedule public.messenger_schedules, out wanted timestamptz[],
                                                    out missed bigint)
language plpgsql stable set search_path = pg_catalog, pg_temp as $$
declare
  c_instant constant interval := '1 microsecond';
  v_first timestamptz := p_schedule.next_run_at; -- a slot, also when somebody has set it to another time
  -- A minute late is on time: the caller comes by only so often.
  v_late timestamptz := now() - interval '1 minute';
  v_from timestamptz := now() - p_schedule.catchup_window;
  v_n integer := case p_schedule.missed when 'all' then 1000 else 1 end;
  v_caught_up timestamptz[];
begin
  wanted := '{}';
  missed := 0;
  if v_first is null or v_first > now() then
    return;
  elsif p_schedule.kind = 'once' then
    missed := (p_schedule.missed = 'skip' and v_first < v_late)::integer;
    wanted := case when missed = 0 then array[v_first] else '{}' end;
    return;
  end if;
  wanted := case when v_first >= v_late then array[v_first] else '{}' end
    || nova.messenger_last_slots(p_schedule, greatest(v_first, v_late - c_instant), now(), 100);
  if v_first >= v_late then
    return;
  end if;
  missed := 1 + nova.messenger_count_slots(p_schedule, v_first, v_late - c_instant) + cardinality(wanted);
  if p_schedule.missed = 'all' or (p_schedule.missed = 'last' and wanted = '{}') then
    v_caught_up := case when v_first >= v_from then array[v_first] else '{}' end
      || nova.messenger_last_slots(p_schedule, greatest(v_first, v_from - c_instant), v_late - c_instant, v_n);
    wanted := v_caught_up[greatest(cardinality(v_caught_up) - v_n + 1, 1):] || wanted;
  end if;
  missed := missed - cardinality(wanted);
end
$$;
comment on function nova.messenger_due_slots(public.messenger_schedules) is
  'Slots that have passed since the last run and are to be sent now, in order, and how many others have passed.';

create or replace function nova.messenger_run_schedule(p_schedule public.messenger_schedules)
returns table (slot timestamptz, message_id bigint, outcome text)
language plpgsql set search_path = pg_catalog, pg_temp set timezone = 'UTC' as $$
#variable_conflict use_column
declare
  v_due record := nova.messenger_due_slots(p_schedule);
  v_slot timestamptz;
begin
  p_schedule.missed_runs := p_schedule.missed_runs + v_due.missed;
  if p_schedule.buffered_slot is not null then
    v_due.wanted := p_schedule.buffered_slot || v_due.wanted;
    p_schedule.buffered_slot := null;
  end if;
  foreach v_slot in array v_due.wanted loop
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
         next_run_at = case when p_schedule.runs >= p_schedule.max_runs then null
                            when s.next_run_at <= now()
                            then case when s.kind <> 'once' then nova.messenger_next_slot(p_schedule, now()) end
                            else s.next_run_at end
   where s.id = p_schedule.id;
end
$$;
comment on function nova.messenger_run_schedule(public.messenger_schedules) is
  'Sends what is due of a schedule whose row the caller has locked, and moves it on, in one transaction.';

create or replace function nova.messenger_refuse_schedule(p_schedule public.messenger_schedules, p_code text,
                                                          p_reason text) returns void
language sql set search_path = pg_catalog, pg_temp as $$
  -- It stays due, so that the slot is sent as soon as the reason is gone. Slots beyond catchup_window are not wanted
  -- any more; one of kind once has no other, and is given up then, unless it is the server's hour that is bad: locks,
  -- deadlocks, memory, a shutdown.
  update public.messenger_schedules s
     set last_error = left(p_reason, 4000),
         missed_runs = s.missed_runs + g.up::integer, next_run_at = case when not g.up then s.next_run_at end
    from (select p_schedule.kind = 'once' and p_code !~ '^(40|53|55|57)'
                 and p_schedule.next_run_at < now() - p_schedule.catchup_window as up) g
   where s.id = p_schedule.id
$$;
comment on function nova.messenger_refuse_schedule(public.messenger_schedules, text, text) is
  'Notes why what is due of a schedule could not be sent.';

create or replace function nova.messenger_replan_schedules() returns void
language sql set search_path = pg_catalog, pg_temp as $$
  update public.messenger_schedules s set next_run_at = least(s.next_run_at, nova.messenger_next_slot(s, now()))
   where s.updated_at > clock_timestamp() + interval '1 minute' and s.enabled and s.next_run_at is not null
$$;
comment on function nova.messenger_replan_schedules() is
  'Schedules that were touched in the future, because the clock has gone back since, run next at their next slot from '
  'now.';

create or replace function public.messenger_run_schedules(p_limit integer default 100)
returns table (schedule_id uuid, name text, slot timestamptz, message_id bigint, outcome text)
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
#variable_conflict use_column
declare
  v_schedule public.messenger_schedules;
begin
  perform nova.messenger_replan_schedules();
  for v_schedule in
    select s.* from public.messenger_schedules s
     where s.enabled and (s.next_run_at <= now() or s.buffered_slot is not null)
     -- Those that were refused, and still are due, after the others.
     order by s.last_error is not null, s.next_run_at limit p_limit for update skip locked
  loop
    begin
      return query
        select v_schedule.id, v_schedule.name, r.slot, r.message_id, r.outcome
          from nova.messenger_run_schedule(v_schedule) r;
    exception when others then
      -- One that cannot be sent, to a transport that is disabled perhaps, must not hold up the others.
      perform nova.messenger_refuse_schedule(v_schedule, sqlstate, sqlerrm);
      return query select v_schedule.id, v_schedule.name, v_schedule.next_run_at, null::bigint, 'refused';
    end;
  end loop;
end
$$;
comment on function public.messenger_run_schedules(integer) is
  'Sends the messages of schedules that are due; call it every second or so, from as many places as you like: '
  'a slot is sent once. sent, buffered or skipped (overlap), refused (last_error says why; tried again by the next '
  'call).';

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

create or replace function public.messenger_run_schedule_now(p_name text) returns bigint
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
declare
  v_schedule public.messenger_schedules;
begin
  select s.* into v_schedule from public.messenger_schedules s where s.name = p_name for no key update;
  if not found then
    raise exception 'there is no schedule "%"', p_name
      using errcode = 'NM006', hint = 'List them: select * from messenger_schedules_summary';
  end if;
  return nova.messenger_send_slot(v_schedule, date_trunc('second', clock_timestamp()));
end
$$;
comment on function public.messenger_run_schedule_now(text) is
  'Sends the message of a schedule at once, beside its slots, also while it is paused; twice within a second it is '
  'sent once. Returns the message. NM006: there is no schedule of that name.';

do $$
declare
  v_function regprocedure;
begin
  foreach v_function in array array['nova.messenger_interval_slot(public.messenger_schedules, timestamptz)',
      'nova.messenger_count_slots(public.messenger_schedules, timestamptz, timestamptz)',
      'nova.messenger_last_slots(public.messenger_schedules, timestamptz, timestamptz, integer)',
      'nova.messenger_next_slot(public.messenger_schedules, timestamptz)',
      'nova.messenger_plan_schedule()',
      'nova.messenger_send_slot(public.messenger_schedules, timestamptz)',
      'nova.messenger_may_overlap(public.messenger_schedules)',
      'nova.messenger_due_slots(public.messenger_schedules)',
      'nova.messenger_run_schedule(public.messenger_schedules)',
      'nova.messenger_refuse_schedule(public.messenger_schedules, text, text)',
      'nova.messenger_replan_schedules()',
      'public.messenger_run_schedules(integer)',
      'public.messenger_preview_schedule(text, integer, timestamptz)',
      'public.messenger_run_schedule_now(text)',
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
