-- What operators see of jobs, for roles that may not look at the messages themselves: no body is shown.

create or replace function nova.jobs_in_hand(p_limit bigint default 1000)
returns table (source text, place text, id text, type text, worker text, since timestamptz, until timestamptz,
               attempts integer, crashes integer)
language plpgsql stable security definer set search_path = pg_catalog, pg_temp as $$
#variable_conflict use_column
declare
  v_queue text;
begin
  if to_regclass('nova.messenger_claims') is not null then
    return query
      select 'message', m.transport, m.id::text, m.type, m.locked_by, c.claimed_at, m.locked_until, m.attempts,
             m.crashes
        from nova.messenger_claims c cross join unnest(c.messages) i (id)
        join public.messenger_messages m on m.id = i.id
       where m.token = c.token and m.status = 'processing' limit p_limit;
  end if;
  return query
    select 'task', t.kind, t.name, t.name, t.worker, t.claimed_at, t.locked_until, t.attempts, 0
      from nova.upkeep_tasks t where t.locked_until > clock_timestamp() limit p_limit;
  for v_queue in select h.queue from nova.messenger_handlers h where h.queue is not null order by 1 limit 100 loop
    begin
      return query execute format(
        'select ''queue'', $1, q.msg_id::text, $1, ''node/'' || (q.headers ->> ''nova_reader''), null::timestamptz,
                q.vt,
                q.read_ct - 1, 0
           from pgmq.%I q where q.vt > clock_timestamp() and q.headers ? ''nova_reader'' limit $2',
        pgmq.format_table_name(v_queue, 'q')) using v_queue, p_limit;
    exception when undefined_table then
      continue;
    end;
  end loop;
end
$$;
comment on function nova.jobs_in_hand(bigint) is
  'Jobs that somebody works at, of every source; of queues that push the first hundred.';

create or replace function nova.job_schedules()
returns table (source text, name text, schedule text, timezone text, enabled boolean, next_at timestamptz,
               last_at timestamptz, runs bigint, trouble text)
language plpgsql stable security definer set search_path = pg_catalog, pg_temp as $$
#variable_conflict use_column
begin
  if to_regclass('public.messenger_schedules') is not null then
    return query
      select 'message', s.name, coalesce(s.cron, 'every ' || s.every, 'once'), s.timezone, s.enabled, s.next_run_at,
             s.last_run_at, s.runs::bigint, s.last_error
        from public.messenger_schedules s;
  end if;
  return query
    select 'task', t.name, coalesce(t.cron, 'every ' || t.every), t.timezone, t.enabled, t.next_run_at,
           t.last_started_at,
           null::bigint, case when t.last_outcome <> 'done' then concat_ws(': ', t.last_outcome, t.last_error) end
      from nova.upkeep_tasks t where t.system is null or t.system = any (nova.upkeep_systems());
end
$$;
comment on function nova.job_schedules() is
  'What is sent or run by the clock: schedules of the messenger and tasks of upkeep.';

revoke all on function nova.jobs_in_hand(bigint), nova.job_schedules() from public;
