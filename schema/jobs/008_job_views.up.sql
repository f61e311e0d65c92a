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

-- Of a message that waits: what holds it. A step is KIND/HOW.
create or replace function nova.explain_waiting_message(p_id bigint)
returns table (kind text, ok boolean, since timestamptz, facts jsonb)
language plpgsql stable set search_path = pg_catalog, pg_temp as $$
#variable_conflict use_column
declare
  v_now timestamptz := clock_timestamp();
  v_message record;
  v_paused boolean;
  v_handler nova.messenger_handlers;
  v_worked boolean; -- somebody has a handler for its transport
begin
  select * into v_message from public.messenger_messages m where m.id = p_id;
  select t.paused into v_paused from public.messenger_transports t where t.name = v_message.transport;
  select * into v_handler from nova.messenger_handlers h
   where h.enabled and h.type in (v_message.type, '*')
     and coalesce(h.transport, v_message.transport) = v_message.transport
   order by h.type = '*', h.transport is null limit 1;
  v_worked := exists (select from nova.messenger_handlers h
                       where h.enabled and h.type is not null
                         and coalesce(h.transport, v_message.transport) = v_message.transport);
  return query select case when v_message.available_at > v_now then 'due/later' else 'due/now' end,
    v_message.available_at <= v_now, v_message.available_at, '{}'::jsonb;
  return query select case when v_paused then 'transport/paused' else 'transport/open' end,
    v_paused is not true, null::timestamptz, jsonb_build_object('transport', v_message.transport);
  return query select case when v_handler.id is not null then 'handler/set'
                           when v_worked then 'handler/none' else 'handler/elsewhere' end,
    v_handler.id is not null or not v_worked, v_handler.set_at,
    jsonb_build_object('type', v_message.type, 'transport', v_message.transport, 'kind', v_handler.kind);
  if v_handler.id is not null then
    return query select case when count(*) = 0 then 'nodes/none' else 'nodes/living' end, count(*) > 0,
      null::timestamptz, jsonb_build_object('count', count(*), 'role', 'jobs')
      from nova.cluster_nodes n
     where n.state in ('up', 'degraded') and n.lease_until > v_now and n.roles && array['jobs', 'maintenance'];
    return query select case when k.open_until > v_now then 'key/stopped' else 'key/full' end, false,
      null::timestamptz, jsonb_build_object('key', k.key, 'failures', k.failures, 'running', r.count,
                                            'seconds', ceil(extract(epoch from k.open_until - v_now)))
      from nova.job_keys k
      cross join lateral (select count(*) from nova.job_permits p
                           where p.handler = k.handler and p.key = k.key and p.until > v_now) r (count)
     where k.handler = v_handler.id
       and k.key = case v_handler.limit_key when 'all' then '' when 'tenant' then coalesce(v_message.tenant_id, '')
                        when 'queue' then v_message.queue
                        else coalesce(jsonb_build_object('headers', v_message.headers, 'body', v_message.body)
                                        #>> string_to_array(substr(v_handler.limit_key, 2), '/'), '') end
       and (k.open_until > v_now or r.count >= v_handler.limit_running);
  end if;
  return query select 'line/place', false, mine.since, jsonb_build_object('queue', v_message.queue,
      'ahead', (select count(*) from (select from nova.messenger_ready r
                                       where r.lane = mine.lane and (r.turn, r.since) < (mine.turn, mine.since)
                                       limit 10000) r))
    from nova.messenger_ready mine where mine.message_id = p_id;
end
$$;
comment on function nova.explain_waiting_message(bigint) is 'What a message of the messenger waits for, step by step.';

create or replace function nova.explain_job(p_id text)
returns table (kind text, ok boolean, since timestamptz, facts jsonb)
language plpgsql stable security definer set search_path = pg_catalog, pg_temp as $$
#variable_conflict use_column
declare
  v_message record;
  v_failed record;
begin
  if to_regclass('public.messenger_messages') is null then
    return query select 'unknown/no_messenger', false, null::timestamptz, '{}'::jsonb;
    return;
  end if;
  select * into v_message from public.messenger_messages m
   where m.id = case when p_id ~ '^[0-9]{1,18}$' then p_id::bigint end;
  if v_message.id is null then
    select * into v_failed from public.messenger_failed_messages f
     where f.id::text = p_id or f.message_id::text = p_id order by f.failed_at desc limit 1;
    if v_failed.id is null then
      return query select 'unknown/gone', false, null::timestamptz, '{}'::jsonb;
      return;
    end if;
    return query select 'sent/message', true, v_failed.sent_at, jsonb_build_object('type', v_failed.type,
      'transport', v_failed.transport, 'queue', v_failed.queue, 'priority', v_failed.priority);
    return query select 'tried/failed', true, (e.error ->> 'at')::timestamptz, e.error
                   from jsonb_array_elements(v_failed.errors) e (error);
    return query select case when v_failed.retried_at is null then 'ended/given_up' else 'ended/sent_again' end,
      v_failed.retried_at is not null, coalesce(v_failed.retried_at, v_failed.failed_at),
      jsonb_build_object('id', v_failed.id, 'class', v_failed.error_class, 'as', v_failed.retried_as,
                         'by', v_failed.retried_by);
    return;
  end if;
  return query select 'sent/message', true, v_message.created_at, jsonb_build_object('type', v_message.type,
    'transport', v_message.transport, 'queue', v_message.queue, 'priority', v_message.priority);
  return query select 'tried/failed', true, (e.error ->> 'at')::timestamptz, e.error
                 from jsonb_array_elements(coalesce(v_message.errors, '[]')) e (error);
  if v_message.status = 'completed' then
    return query select 'ended/done', true, v_message.updated_at, '{}'::jsonb;
  elsif v_message.status = 'processing' then
    return query select
      case when v_message.locked_until > clock_timestamp() then 'claimed/works' else 'claimed/over' end,
      v_message.locked_until > clock_timestamp(), v_message.updated_at, jsonb_build_object(
        'worker', coalesce((select n.name from nova.cluster_nodes n
                             where v_message.locked_by in ('node/' || n.epoch, 'node/' || n.epoch || ' alone')),
                           v_message.locked_by),
        'attempt', v_message.attempts + 1);
  else
    return query select * from nova.explain_waiting_message(v_message.id);
  end if;
end
$$;
comment on function nova.explain_job(text) is
  'Where a message of the messenger is, by its id or the id of its failure: sent, tried, due, who would do it, what '
  'holds it. What is done leaves no row.';

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

revoke all on function nova.jobs_in_hand(bigint), nova.job_schedules(), nova.syncs_shown(),
  nova.explain_waiting_message(bigint), nova.explain_job(text) from public;
