-- Upkeep: tasks that keep a database well, when they are due, who runs them, and what became of each run.

create table if not exists nova.upkeep_tasks (
  name text primary key constraint upkeep_tasks_name check (name ~ '^[a-z0-9_]{1,63}$'),
  kind text not null constraint upkeep_tasks_kind check (
    kind in ('refresh', 'analyze', 'vacuum', 'sizes', 'archive', 'export', 'retain', 'built_in')),
  target text not null default '',
  system text constraint upkeep_tasks_system check (system in ('messenger', 'integrations', 'assistant')),
  options jsonb not null default '{}' constraint upkeep_tasks_options check (jsonb_typeof(options) = 'object'),
  cron text,
  timezone text not null default 'UTC',
  every interval,
  enabled boolean not null default true,
  next_run_at timestamptz not null,
  planned_at timestamptz not null default clock_timestamp(),
  asked_at timestamptz,
  token bigint not null default 0,
  worker text,
  claimed_at timestamptz,
  locked_until timestamptz,
  attempts integer not null default 0,
  last_outcome text constraint upkeep_tasks_outcome check (last_outcome in ('done', 'failed', 'skipped')),
  last_started_at timestamptz,
  last_finished_at timestamptz,
  last_rows bigint,
  last_bytes bigint,
  last_error_class text,
  last_error text,
  state jsonb not null default '{}',
  constraint upkeep_tasks_schedule check (num_nonnulls(cron, every) = 1),
  constraint upkeep_tasks_lease check (num_nulls(worker, claimed_at, locked_until) in (0, 3))
) with (fillfactor = 50);
comment on table nova.upkeep_tasks is
  'What keeps the database well, and when. A change by hand (schedule, options, enabled) counts from the next look on.';
comment on column nova.upkeep_tasks.target is 'One of nova.upkeep_targets(kind); of a built-in task nothing.';
comment on column nova.upkeep_tasks.system is 'Due only where this system is installed; null: in every database.';
comment on column nova.upkeep_tasks.options is
  'archive: older (interval). export: format (ndjson or csv), after (interval). retain: keep (interval).';
comment on column nova.upkeep_tasks.timezone is 'Of the cron; an IANA name.';
comment on column nova.upkeep_tasks.next_run_at is
  'It is due then; a slot that was missed stays due, once, until it has run. After a failure: the next try.';
comment on column nova.upkeep_tasks.planned_at is 'When next_run_at was set: in the future when the clock went back.';
comment on column nova.upkeep_tasks.asked_at is 'Somebody wanted it at once; it counts also while a run is under way.';
comment on column nova.upkeep_tasks.token is 'Of the last claim: what the answer to it must name.';
comment on column nova.upkeep_tasks.locked_until is 'Then the run counts as lost; its worker extends it.';
comment on column nova.upkeep_tasks.attempts is 'Failures in a row.';
comment on column nova.upkeep_tasks.state is 'What a task keeps from one run to the next.';

create table if not exists nova.upkeep_runs (
  id bigint generated always as identity primary key,
  task text not null,
  started_at timestamptz not null,
  finished_at timestamptz not null,
  outcome text not null constraint upkeep_runs_outcome check (outcome in ('done', 'failed', 'skipped')),
  runs integer not null default 1,
  worker text not null,
  rows bigint not null default 0,
  bytes bigint not null default 0,
  error_class text,
  error text,
  file text,
  details jsonb
) with (fillfactor = 90);
create index if not exists upkeep_runs_task on nova.upkeep_runs (task, id);
create index if not exists upkeep_runs_finished on nova.upkeep_runs (finished_at);
comment on table nova.upkeep_runs is
  'What became of the runs of upkeep tasks; of a built-in task only what did something or failed.';
comment on column nova.upkeep_runs.runs is 'Of a built-in task: its runs within an hour that found something.';
comment on column nova.upkeep_runs.error is 'Why it failed or was skipped.';
comment on column nova.upkeep_runs.details is 'Of sizes: the largest tables.';

create sequence if not exists nova.upkeep_tokens;
comment on sequence nova.upkeep_tokens is 'Tokens of claims of upkeep tasks.';

create or replace function nova.upkeep_targets(p_kind text) returns text[]
language sql immutable set search_path = pg_catalog, pg_temp as $$
  select case p_kind
    when 'refresh' then array['message_feedback_summary', 'monthly_usage_summary']
    when 'analyze' then array['conversations', 'messages', 'feedback', 'usage_metrics', 'flux_email_messages',
                              'flux_email_threads', 'flux_email_search', 'queued_threads']
    when 'vacuum' then array['conversations', 'messages', 'feedback', 'usage_metrics', 'flux_email_messages',
                             'flux_email_threads', 'flux_email_search', 'queued_threads']
    when 'sizes' then array['public']
    when 'archive' then array['conversations']
    when 'export' then array['usage_metrics']
    when 'retain' then array['usage_metrics', 'actor_failures', 'upkeep_runs', 'messenger_failed_messages']
    when 'built_in' then array[''] end
$$;
comment on function nova.upkeep_targets(text) is
  'What the tasks of a kind may name. They run with their owner''s rights, so that no name is free.';

create or replace function nova.upkeep_systems() returns text[]
language sql stable set search_path = pg_catalog, pg_temp as $$
  select array_remove(array[
    case when to_regprocedure('public.messenger_prune(integer)') is not null then 'messenger' end,
    case when to_regprocedure('nova.close_lost_syncs(uuid)') is not null then 'integrations' end,
    case when to_regprocedure('public.increment_usage_metrics(uuid,uuid,date,integer,integer,numeric)') is not null
         then 'assistant' end], null)
$$;
comment on function nova.upkeep_systems() is 'Which of the systems are here that not every database has.';

create or replace function nova.upkeep_next(p_task nova.upkeep_tasks, p_after timestamptz) returns timestamptz
language sql stable set search_path = pg_catalog, pg_temp as $$
  select case when p_task.cron is null then p_after + p_task.every
              else nova.cron_next(p_task.cron, p_task.timezone, p_after) end
$$;
comment on function nova.upkeep_next(nova.upkeep_tasks, timestamptz) is
  'The first time of a task after a moment; what was missed before is not made up for.';

create or replace function nova.upkeep_backoff(p_failures integer) returns interval
language sql immutable set search_path = pg_catalog, pg_temp as $$
  select least(interval '30 seconds' * power(2, least(greatest(p_failures, 1), 20) - 1), interval '1 hour')
$$;
comment on function nova.upkeep_backoff(integer) is 'The pause after so many failures in a row.';

create or replace function nova.expect_upkeep_options(p_task text, p_kind text, p_options jsonb) returns void
language plpgsql set search_path = pg_catalog, pg_temp as $$
declare
  c_known constant text[] := case p_kind when 'archive' then array['older'] when 'export' then array['after', 'format']
                                         when 'retain' then array['keep'] else '{}' end;
  v_key text;
begin
  for v_key in select o.key from jsonb_each_text(p_options) o order by 1 loop
    if not v_key = any (c_known) then
      raise exception 'task "%": % has no option "%"', p_task, p_kind, v_key using errcode = '22023',
        hint = case when c_known = '{}' then 'It takes none.' else 'It takes ' || array_to_string(c_known, ', ') end;
    elsif v_key <> 'format' then
      perform (p_options ->> v_key)::interval;
    elsif p_options ->> v_key not in ('ndjson', 'csv') then
      raise exception 'task "%": format is "%"', p_task, p_options ->> v_key
        using errcode = '22023', hint = 'It takes ndjson or csv.';
    end if;
  end loop;
end
$$;
comment on function nova.expect_upkeep_options(text, text, jsonb) is
  'Refuses options that a kind of task does not know (22023) or that are no interval (22007).';

create or replace function nova.plan_upkeep_task() returns trigger
language plpgsql set search_path = pg_catalog, pg_temp as $$
begin
  if not new.target = any (nova.upkeep_targets(new.kind)) then
    raise exception 'task "%": the target "%" is none of %', new.name, new.target, new.kind
      using errcode = '22023', hint = 'It takes ' || array_to_string(nova.upkeep_targets(new.kind), ', ');
  elsif not exists (select from pg_catalog.pg_timezone_names z where z.name = new.timezone) then
    raise exception 'task "%": time zone "%" is not known', new.name, new.timezone
      using errcode = 'NM005', hint = 'It takes IANA names, such as Europe/Berlin: select name from pg_timezone_names';
  elsif new.every not between interval '1 second' and interval '366 days'
        or extract(month from new.every) <> 0 or extract(year from new.every) <> 0 then
    raise exception 'task "%": every % is not within a second and 366 days, or has months, which are not of one length',
      new.name, new.every using errcode = 'NM005', hint = 'Use a cron.';
  end if;
  perform nova.expect_upkeep_options(new.name, new.kind, new.options);
  new.planned_at := clock_timestamp();
  if tg_op = 'UPDATE' then
    -- From now on: an edit or a resume never runs what passed before.
    new.next_run_at := nova.upkeep_next(new, now());
  else
    new.next_run_at := coalesce(new.next_run_at, case when new.every is not null then now()
                                                      else nova.upkeep_next(new, now()) end);
  end if;
  if new.next_run_at is null and new.cron is not null then
    raise exception 'task "%": cron "%" never comes', new.name, new.cron using errcode = 'NM005';
  end if;
  new.next_run_at := coalesce(new.next_run_at, now()); -- what has no schedule is refused by its constraint
  return new;
end
$$;
comment on function nova.plan_upkeep_task() is
  'Refuses what cannot run (NM005, 22023) and says when a task is due that is new or was changed by hand.';
create or replace trigger plan_upkeep_task before insert on nova.upkeep_tasks
  for each row execute function nova.plan_upkeep_task();
create or replace trigger replan_upkeep_task before update on nova.upkeep_tasks
  for each row when ((new.kind, new.target, new.options, new.cron, new.timezone, new.every, new.enabled)
                     is distinct from (old.kind, old.target, old.options, old.cron, old.timezone, old.every,
                                       old.enabled))
  execute function nova.plan_upkeep_task();

create or replace function nova.announce_upkeep() returns trigger
language plpgsql set search_path = pg_catalog, pg_temp as $$
begin
  perform pg_notify('nova_jobs', 'upkeep');
  return null;
end
$$;
comment on function nova.announce_upkeep() is 'Tells the nodes that a task is there, or due at another time.';
create or replace trigger upkeep_added after insert on nova.upkeep_tasks
  for each row execute function nova.announce_upkeep();
create or replace trigger upkeep_changed after update on nova.upkeep_tasks
  for each row when ((new.cron, new.timezone, new.every, new.enabled, new.asked_at)
                     is distinct from (old.cron, old.timezone, old.every, old.enabled, old.asked_at)
                     or new.next_run_at < old.next_run_at and new.token = old.token)
  execute function nova.announce_upkeep();

create or replace function nova.write_upkeep_run(p_task nova.upkeep_tasks, p_outcome text, p_rows bigint,
                                                 p_bytes bigint, p_error_class text, p_error text, p_file text,
                                                 p_details jsonb) returns void
language plpgsql set search_path = pg_catalog, pg_temp as $$
begin
  if p_task.kind = 'built_in' and p_outcome <> 'failed' then
    if p_rows = 0 and p_bytes = 0 then
      return;
    end if;
    -- One row an hour of what finds something each second.
    update nova.upkeep_runs r
       set runs = r.runs + 1, rows = r.rows + p_rows, bytes = r.bytes + p_bytes, finished_at = clock_timestamp(),
           worker = p_task.worker
     where r.id = (select max(l.id) from nova.upkeep_runs l where l.task = p_task.name)
       and r.outcome = p_outcome and r.started_at > clock_timestamp() - interval '1 hour'
       and r.finished_at <= clock_timestamp();
    if found then
      return;
    end if;
  end if;
  insert into nova.upkeep_runs (task, started_at, finished_at, outcome, worker, rows, bytes, error_class, error, file,
    details)
  values (p_task.name, p_task.claimed_at, greatest(p_task.claimed_at, clock_timestamp()), p_outcome, p_task.worker,
          p_rows, p_bytes, left(p_error_class, 100), left(p_error, 4000), left(p_file, 1000), p_details);
end
$$;
comment on function nova.write_upkeep_run(nova.upkeep_tasks, text, bigint, bigint, text, text, text, jsonb) is
  'The row of history of a run that ends.';

create or replace function nova.lose_upkeep(p_task nova.upkeep_tasks) returns void
language plpgsql set search_path = pg_catalog, pg_temp as $$
declare
  c_why constant text := format('its worker %s ended, or was silent until its lease ran out', p_task.worker);
begin
  perform nova.write_upkeep_run(p_task, 'failed', 0, 0, 'lost', c_why, null, null);
  -- The first time at once: a worker ends for many reasons. Then it may be the task that ends it.
  update nova.upkeep_tasks t
     set worker = null, claimed_at = null, locked_until = null, token = nextval('nova.upkeep_tokens'),
         attempts = t.attempts + 1, last_outcome = 'failed', last_started_at = t.claimed_at,
         last_finished_at = clock_timestamp(), last_rows = 0, last_bytes = 0, last_error_class = 'lost',
         last_error = c_why, planned_at = clock_timestamp(),
         next_run_at = clock_timestamp() + case when t.attempts = 0 then interval '0'
                                                else nova.upkeep_backoff(t.attempts) end
   where t.name = p_task.name;
end
$$;
comment on function nova.lose_upkeep(nova.upkeep_tasks) is
  'Ends a run whose worker is gone, as a failure; the caller has locked the row.';

create or replace function nova.mend_upkeep() returns void
language plpgsql set search_path = pg_catalog, pg_temp as $$
declare
  v_task nova.upkeep_tasks;
begin
  for v_task in
    select t.* from nova.upkeep_tasks t
     -- No lease is that long: the clock has gone back since.
     where t.locked_until not between clock_timestamp() and clock_timestamp() + interval '61 minutes'
       for update skip locked
  loop
    perform nova.lose_upkeep(v_task);
  end loop;
  update nova.upkeep_tasks t
     set planned_at = clock_timestamp(), next_run_at = least(t.next_run_at, nova.upkeep_next(t, clock_timestamp()))
   where t.planned_at > clock_timestamp() + interval '1 minute';
end
$$;
comment on function nova.mend_upkeep() is
  'Takes back what lost workers held, and plans anew what was planned in the future, because the clock has gone back.';

create or replace function nova.take_upkeep(p_names text[], p_worker text, p_lease interval)
returns table (name text, token bigint, kind text, target text, options jsonb, attempts integer)
language sql set search_path = pg_catalog, pg_temp as $$
  update nova.upkeep_tasks t
     set token = nextval('nova.upkeep_tokens'), worker = p_worker, claimed_at = clock_timestamp(),
         locked_until = clock_timestamp() + p_lease
   where t.name = any (p_names)
  returning t.name, t.token, t.kind, t.target, t.options, t.attempts
$$;
comment on function nova.take_upkeep(text[], text, interval) is 'The lease of tasks whose rows the caller has locked.';

create or replace function nova.expect_upkeep_lease(p_lease interval) returns void
language plpgsql set search_path = pg_catalog, pg_temp as $$
begin
  perform nova.expect_lease(p_lease);
  if p_lease not between interval '0' and interval '1 hour' then
    raise exception 'a lease of % is not within nothing and an hour', p_lease using errcode = '22023';
  end if;
end
$$;
comment on function nova.expect_upkeep_lease(interval) is 'Refuses (22023) a lease that is null, negative or too long.';

create or replace function nova.claim_upkeep(p_worker text, p_lease interval, p_n integer)
returns table (name text, token bigint, kind text, target text, options jsonb, attempts integer)
language plpgsql set search_path = pg_catalog, pg_temp as $$
declare
  v_names text[];
begin
  perform nova.expect_upkeep_lease(p_lease);
  perform nova.mend_upkeep();
  v_names := array(
    select t.name from nova.upkeep_tasks t
     where t.enabled and t.worker is null and t.next_run_at <= clock_timestamp()
       and (t.system is null or t.system = any (nova.upkeep_systems()))
     order by t.next_run_at limit p_n for update skip locked);
  return query select * from nova.take_upkeep(v_names, p_worker, p_lease);
end
$$;
comment on function nova.claim_upkeep(text, interval, integer) is
  'Takes tasks that are due, the oldest first, at most so many: one run a task. Who has one answers with its token.';

create or replace function nova.claim_upkeep_now(p_name text, p_worker text, p_lease interval)
returns table (name text, token bigint, kind text, target text, options jsonb, attempts integer)
language plpgsql set search_path = pg_catalog, pg_temp as $$
declare
  v_task nova.upkeep_tasks;
begin
  perform nova.expect_upkeep_lease(p_lease);
  perform nova.mend_upkeep();
  select t.* into v_task from nova.upkeep_tasks t where t.name = p_name for update;
  if v_task.worker is not null then
    raise exception 'the task % is being run by % since %', p_name, v_task.worker,
      to_char(v_task.claimed_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"') using errcode = '55P03';
  end if;
  return query select * from nova.take_upkeep(array[p_name], p_worker, p_lease);
end
$$;
comment on function nova.claim_upkeep_now(text, text, interval) is
  'Takes one task, due or not, paused or not; no row: there is none of that name. 55P03: it is being run.';

create or replace function nova.extend_upkeep(p_names text[], p_tokens bigint[], p_lease interval)
returns table (name text, outcome text)
language plpgsql set search_path = pg_catalog, pg_temp as $$
begin
  perform nova.expect_equal_lengths(cardinality(p_names), cardinality(p_tokens));
  perform nova.expect_upkeep_lease(p_lease);
  return query
    with extended as (
      update nova.upkeep_tasks t set locked_until = clock_timestamp() + p_lease
        from unnest(p_names, p_tokens) c (name, token)
       where t.name = c.name and t.token = c.token and t.worker is not null
      returning t.name, t.token)
    select c.name, case when exists (select from extended e where e.name = c.name and e.token = c.token)
                        then 'extended' else 'stale' end
      from unnest(p_names, p_tokens) with ordinality c (name, token, n) order by c.n;
end
$$;
comment on function nova.extend_upkeep(text[], bigint[], interval) is
  'Keeps tasks for longer, from now on. Answers in their order: extended or stale.';

create or replace function nova.release_upkeep(p_names text[], p_tokens bigint[])
returns table (name text, outcome text)
language plpgsql set search_path = pg_catalog, pg_temp as $$
begin
  perform nova.expect_equal_lengths(cardinality(p_names), cardinality(p_tokens));
  return query
    with released as (
      update nova.upkeep_tasks t set worker = null, claimed_at = null, locked_until = null
        from unnest(p_names, p_tokens) c (name, token)
       where t.name = c.name and t.token = c.token and t.worker is not null
      returning t.name, t.token, pg_notify('nova_jobs', 'upkeep'))
    select c.name, case when exists (select from released r where r.name = c.name and r.token = c.token)
                        then 'released' else 'stale' end
      from unnest(p_names, p_tokens) with ordinality c (name, token, n) order by c.n;
end
$$;
comment on function nova.release_upkeep(text[], bigint[]) is
  'Gives tasks back that were not run to their end: they stay due, and it is no failure. Answers in their order: '
  'released or stale.';

create or replace function nova.release_upkeep_of(p_workers text[]) returns bigint
language plpgsql set search_path = pg_catalog, pg_temp as $$
declare
  v_task nova.upkeep_tasks;
  v_count bigint := 0;
begin
  for v_task in select t.* from nova.upkeep_tasks t where t.worker = any (p_workers) order by t.name for update loop
    perform nova.lose_upkeep(v_task);
    v_count := v_count + 1;
  end loop;
  if v_count > 0 then
    perform pg_notify('nova_jobs', 'upkeep');
  end if;
  return v_count;
end
$$;
comment on function nova.release_upkeep_of(text[]) is
  'Takes back the tasks of workers that are dead, each as a failure; the first in a row is due at once. Returns how '
  'many.';

create or replace function nova.end_upkeep(p_name text, p_token bigint, p_outcome text, p_rows bigint default 0,
                                           p_bytes bigint default 0, p_error_class text default null,
                                           p_error text default null, p_file text default null,
                                           p_after interval default null, p_details jsonb default null) returns text
language plpgsql set search_path = pg_catalog, pg_temp as $$
declare
  v_task nova.upkeep_tasks;
  v_failures integer;
begin
  if p_outcome is null or p_outcome not in ('done', 'failed', 'skipped') then
    raise exception 'a run of upkeep ends as done, failed or skipped, not as "%"', p_outcome using errcode = '22023';
  end if;
  select t.* into v_task from nova.upkeep_tasks t
   where t.name = p_name and t.token = p_token and t.worker is not null for update;
  if not found then
    return 'stale';
  end if;
  perform nova.write_upkeep_run(v_task, p_outcome, coalesce(p_rows, 0), coalesce(p_bytes, 0), p_error_class, p_error,
                                p_file, p_details);
  v_failures := case when p_outcome = 'failed' then v_task.attempts + 1 else 0 end;
  update nova.upkeep_tasks t
     set worker = null, claimed_at = null, locked_until = null, attempts = v_failures,
         last_outcome = p_outcome, last_started_at = t.claimed_at, last_finished_at = clock_timestamp(),
         last_rows = coalesce(p_rows, 0), last_bytes = coalesce(p_bytes, 0),
         last_error_class = left(p_error_class, 100), last_error = left(p_error, 4000), planned_at = clock_timestamp(),
         next_run_at = case
           when t.asked_at > t.claimed_at then clock_timestamp()
           when p_after is not null
           then clock_timestamp() + least(greatest(p_after, interval '0'), interval '366 days')
           when p_outcome = 'failed' then clock_timestamp() + nova.upkeep_backoff(v_failures)
           -- A cron that has no other slot within nine years was refused; its row may have been made otherwise.
           else coalesce(nova.upkeep_next(t, clock_timestamp()), clock_timestamp() + interval '366 days') end
   where t.name = p_name;
  return 'accepted';
end
$$;
comment on function nova.end_upkeep(text, bigint, text, bigint, bigint, text, text, text, interval, jsonb) is
  'Ends a run: its history and when the task is due next (p_after: then). A failure is tried again, later each time. '
  'accepted, or stale: the claim is over, and nothing was changed.';

create or replace function nova.plan_upkeep(p_system text) returns void
language sql set search_path = pg_catalog, pg_temp as $$
  update nova.upkeep_tasks t
     set planned_at = clock_timestamp(),
         next_run_at = case when t.every is not null then clock_timestamp()
                            else nova.upkeep_next(t, clock_timestamp()) end
   where t.system = p_system and t.worker is null
$$;
comment on function nova.plan_upkeep(text) is
  'When the tasks of a system are due first that is installed now: no slot of before counts. Its migration calls it.';

create or replace function nova.next_upkeep() returns timestamptz
language sql stable set search_path = pg_catalog, pg_temp as $$
  select min(coalesce(t.locked_until, t.next_run_at)) from nova.upkeep_tasks t
   where (t.enabled or t.worker is not null) and (t.system is null or t.system = any (nova.upkeep_systems()))
$$;
comment on function nova.next_upkeep() is 'When there is something to claim next, if nothing changes until then.';

create or replace function nova.upkeep_after_restore() returns table (step text, rows bigint)
language plpgsql set search_path = pg_catalog, pg_temp as $$
#variable_conflict use_column
declare
  v_count bigint;
begin
  update nova.upkeep_tasks t
     set worker = null, claimed_at = null, locked_until = null, token = nextval('nova.upkeep_tokens')
   where t.worker is not null;
  get diagnostics v_count = row_count;
  return query select 'tasks given back', v_count;
end
$$;
comment on function nova.upkeep_after_restore() is 'Gives back what workers held: a part of nova.after_restore().';

insert into nova.upkeep_tasks (name, kind, target, system, options, cron, every, enabled) values
  ('fill_search', 'built_in', '', null, '{}', null, '1 second', true),
  ('prune', 'built_in', '', null, '{}', null, '1 hour', true),
  ('reread', 'built_in', '', null, '{}', null, '1 minute', true),
  ('messenger_rescue', 'built_in', '', 'messenger', '{}', null, '10 seconds', true),
  ('messenger_prune', 'built_in', '', 'messenger', '{}', null, '10 minutes', true),
  ('close_lost_syncs', 'built_in', '', 'integrations', '{}', null, '30 seconds', true),
  ('refresh_message_feedback_summary', 'refresh', 'message_feedback_summary', 'assistant', '{}', '10 3 * * *', null,
   true),
  ('refresh_monthly_usage_summary', 'refresh', 'monthly_usage_summary', 'assistant', '{}', '15 3 * * *', null, true),
  ('analyze_messages', 'analyze', 'messages', 'assistant', '{}', '20 3 * * *', null, true),
  ('analyze_usage_metrics', 'analyze', 'usage_metrics', 'assistant', '{}', '25 3 * * *', null, true),
  ('vacuum_conversations', 'vacuum', 'conversations', 'assistant', '{}', '30 3 * * 0', null, true),
  ('vacuum_messages', 'vacuum', 'messages', 'assistant', '{}', '40 3 * * 0', null, true),
  ('vacuum_feedback', 'vacuum', 'feedback', 'assistant', '{}', '50 3 * * 0', null, true),
  ('vacuum_usage_metrics', 'vacuum', 'usage_metrics', 'assistant', '{}', '55 3 * * 0', null, true),
  ('sizes', 'sizes', 'public', null, '{}', '0 4 * * 0', null, true),
  ('archive_conversations', 'archive', 'conversations', 'assistant', '{"older": "6 months"}', '0 4 1 * *', null, true),
  ('export_usage_metrics', 'export', 'usage_metrics', 'assistant', '{"format": "ndjson", "after": "6 months"}',
   '30 4 2 * *', null, true),
  -- It deletes, so somebody has to want it.
  ('retain_usage_metrics', 'retain', 'usage_metrics', 'assistant', '{"keep": "24 months"}', '0 5 3 * *', null, false),
  ('retain_upkeep_runs', 'retain', 'upkeep_runs', null, '{"keep": "90 days"}', '5 4 * * *', null, true)
on conflict (name) do nothing;

revoke all on nova.upkeep_tasks, nova.upkeep_runs from public;
revoke all on sequence nova.upkeep_tokens from public;
revoke all on function nova.upkeep_targets(text), nova.upkeep_systems(),
  nova.upkeep_next(nova.upkeep_tasks, timestamptz), nova.upkeep_backoff(integer),
  nova.expect_upkeep_options(text, text, jsonb), nova.plan_upkeep_task(),
  nova.announce_upkeep(),
  nova.write_upkeep_run(nova.upkeep_tasks, text, bigint, bigint, text, text, text, jsonb),
  nova.lose_upkeep(nova.upkeep_tasks), nova.mend_upkeep(), nova.take_upkeep(text[], text, interval),
  nova.expect_upkeep_lease(interval), nova.claim_upkeep(text, interval, integer),
  nova.claim_upkeep_now(text, text, interval), nova.extend_upkeep(text[], bigint[], interval),
  nova.release_upkeep(text[], bigint[]), nova.release_upkeep_of(text[]),
  nova.end_upkeep(text, bigint, text, bigint, bigint, text, text, text, interval, jsonb),
  nova.plan_upkeep(text), nova.next_upkeep(), nova.upkeep_after_restore()
  from public;
