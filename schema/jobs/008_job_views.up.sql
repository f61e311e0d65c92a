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
  if to_regprocedure('nova.claim_syncs(text,integer,interval)') is not null then
    return query
      select 'sync', i.name, h.id::text, c.stream, h.claimed_by, h.started_at, h.lease_until, h.retry_count, 0
        from public.integration_sync_history h
        join public.integration_sync_configs c on c.id = h.sync_config_id
        join public.integration_configs i on i.id = c.integration_id
       where h.status = 'running' limit p_limit;
  end if;
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
  if to_regprocedure('nova.claim_syncs(text,integer,interval)') is not null then
    return query
      select 'sync', i.name || '/' || c.stream, coalesce(c.cron, 'every ' || c.every), c.timezone,
             c.is_active and i.is_active, c.next_run_at, c.last_sync_timestamp, null::bigint, c.disabled_reason
        from public.integration_sync_configs c join public.integration_configs i on i.id = c.integration_id
       where c.cron is not null or c.every is not null;
  end if;
  return query
    select 'task', t.name, coalesce(t.cron, 'every ' || t.every), t.timezone, t.enabled, t.next_run_at,
           t.last_started_at,
           null::bigint, case when t.last_outcome <> 'done' then concat_ws(': ', t.last_outcome, t.last_error) end
      from nova.upkeep_tasks t where t.system is null or t.system = any (nova.upkeep_systems());
end
$$;
comment on function nova.job_schedules() is
  'What is sent or run by the clock: schedules of the messenger, syncs and tasks of upkeep.';

create or replace function nova.syncs_shown()
returns table (sync text, mode text, state text, node text, since timestamptz, read bigint, total bigint,
               written bigint, failed bigint, watermark text, next_at timestamptz, last text,
               failures integer, trouble text)
language plpgsql stable security definer set search_path = pg_catalog, pg_temp as $$
#variable_conflict use_column
begin
  if to_regprocedure('nova.claim_syncs(text,integer,interval)') is null then
    return;
  end if;
  return query
    select i.name || '/' || c.stream, coalesce(h.sync_mode, c.sync_mode),
           case when h.status = 'pending' then 'waiting' when h.status is not null then h.status
                when c.is_active and i.is_active then 'idle' else 'paused' end,
           coalesce(n.name, h.claimed_by), h.started_at, h.records_read, h.records_total, h.records_written,
           h.records_failed, c.watermark_value, coalesce(h.retry_at, c.next_run_at), l.status, c.consecutive_failures,
           coalesce(c.disabled_reason, case when l.status not in ('succeeded', 'cancelled')
                                            then concat_ws(': ', l.error_class, l.error_message) end)
      from public.integration_sync_configs c
      join public.integration_configs i on i.id = c.integration_id
      left join lateral (select * from public.integration_sync_history o
                          where o.sync_config_id = c.id and o.finished_at is null
                          order by o.status desc limit 1) h on true
      left join lateral (select e.status, e.error_class, e.error_message from public.integration_sync_history e
                          where e.sync_config_id = c.id and e.finished_at is not null
                          order by e.created_at desc limit 1) l on true
      left join nova.cluster_nodes n on h.claimed_by = 'node/' || n.epoch;
end
$$;
comment on function nova.syncs_shown() is 'Syncs of other systems, what each does and what became of its last run.';

revoke all on function nova.jobs_in_hand(bigint), nova.job_schedules(), nova.syncs_shown() from public;
