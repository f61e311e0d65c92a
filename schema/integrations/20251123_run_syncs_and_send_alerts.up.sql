-- What the workers call: start, renew and end a run, take due retries, write alerts. The row of the
-- configuration is the lock of everything that starts or ends a run of it: it is taken first, and
-- the decision is made in a later statement, which sees what the lock's last holder committed.
-- Claims carry a token; a report with another changes nothing and says so.

alter table public.integration_sync_history add column if not exists error_class text;
do $$
begin
  if not nova.is_foreign('integration_configs') then
    comment on column public.integration_sync_history.error_class is
      'One word, by which failures are counted: auth, network, stalled, worker_lost.';
  end if;
end
$$;

create or replace function nova.record_sync_alert(p_sync_id uuid, p_type text, p_outage_key text, p_message text)
returns integer
language plpgsql set search_path = pg_catalog, pg_temp as $$
declare
  c_recipient_bytes constant integer := 2000; -- an index holds them
  v_run record;
  v_alert bigint;
  v_count integer;
begin
  select i.id as integration, i.name, c.id as config, c.stream, i.alert_emails as emails, i.alert_webhook_url as url,
         case when p_type = 'success' then i.alert_on_success else i.alert_on_failure end as wanted into v_run
    from public.integration_sync_history h
    join public.integration_sync_configs c on c.id = h.sync_config_id
    join public.integration_configs i on i.id = c.integration_id
   where h.id = p_sync_id;
  if v_run.wanted is not true then
    return 0;
  end if;
  v_alert := nova.raise_sync_alert(v_run.config, p_type, format('%s: %s', v_run.name, p_message), v_run.name,
                                   v_run.stream);
  with told as (
    insert into public.integration_alert_history (integration_id, sync_config_id, sync_history_id, alert_type, channel,
      recipient, outage_key, message)
    select v_run.integration, v_run.config, p_sync_id, p_type, r.channel, r.recipient, p_outage_key,
           left(p_message, 4000)
      from (select 'email', unnest(v_run.emails) union all select 'webhook', v_run.url) as r (channel, recipient)
       -- What nobody can be reached at keeps no run from ending.
     where octet_length(btrim(r.recipient)) between 1 and c_recipient_bytes
    on conflict do nothing
    returning id, channel, recipient
  )
  insert into nova.alert_notices (alert, recipient, what, sync_alert)
  select v_alert, nova.alert_recipient(t.channel, btrim(t.recipient)), p_type, t.id
    from (select * from told order by channel, recipient) t; -- new recipients are made in one order by all
  get diagnostics v_count = row_count;
  return v_count;
end
$$;
comment on function nova.record_sync_alert(uuid, text, text, text) is
  'Writes an alert for each recipient who wants this type and did not get it in this outage, and has it sent; returns '
  'how many. A recipient that is null, blank or longer than 2,000 bytes is none. Channels of nova.alert_channels hear '
  'of what is not a success.';

create or replace function nova.raise_sync_alert(p_config uuid, p_type text, p_title text, p_integration text,
                                                 p_stream text) returns bigint
language plpgsql set search_path = pg_catalog, pg_temp as $$
declare
  v_details jsonb := jsonb_build_object('integration', p_integration, 'stream', p_stream, 'type', p_type,
                                        'next', 'nova sync history ' || p_config);
  v_alert bigint;
begin
  if p_type not in ('success', 'recovered') then
    return nova.raise_alert('sync_failed', p_config::text,
                            case p_type when 'disabled' then 'critical' else 'warning' end, p_title, v_details);
  elsif p_type = 'recovered' then
    select a.id into v_alert from nova.alerts a
     where a.kind = 'sync_failed' and a.key = p_config::text and a.ended_at is null;
  end if;
  return coalesce(v_alert, nova.tell_event('sync_done', p_config::text, 'info', p_title, v_details, false));
end
$$;
comment on function nova.raise_sync_alert(uuid, text, text, text, text) is
  'The alert that an alert of a sync is about: its outage, or what happened.';

create or replace function nova.note_sync_alerts(p_deliveries bigint[]) returns void
language sql set search_path = pg_catalog, pg_temp as $$
  update public.integration_alert_history h
     set delivery_status = d.state, attempts = d.attempts, error_message = d.error,
         sent_at = case d.state when 'sent' then d.ended_at end
    from nova.alert_notices n
    join nova.alert_deliveries d on d.id = n.delivery
   where n.delivery = any (p_deliveries) and h.id = n.sync_alert
$$;
comment on function nova.note_sync_alerts(bigint[]) is
  'Writes what became of messages to where alerts of syncs are looked up.';

create or replace function nova.end_sync_alert() returns trigger
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
begin
  perform nova.end_alert('sync_failed', old.id::text);
  return null;
end
$$;
comment on function nova.end_sync_alert() is 'What is no longer synced has no outage.';
create or replace trigger end_sync_alert after delete on public.integration_sync_configs
  for each row execute function nova.end_sync_alert();

create or replace function nova.sync_outage_key(p_config public.integration_sync_configs) returns text
language sql stable set search_path = pg_catalog, pg_temp as $$
  select p_config.id || ':' || coalesce(extract(epoch from p_config.outage_started_at)::text,
                                        'partial:' || coalesce(extract(epoch from p_config.last_sync_timestamp), 0))
$$;
comment on function nova.sync_outage_key(public.integration_sync_configs) is
  'What the alerts of an outage have in common; without one, those of runs that have not got everything since the '
  'last that had.';

create or replace function nova.record_sync_failure(p_sync_id uuid, p_error text, p_progress boolean) returns void
language plpgsql set search_path = pg_catalog, pg_temp as $$
declare
  c_repeated constant integer := 5; -- failures in a row after which somebody is told although retries go on
  c_warning constant integer := 20;
  c_disabled constant integer := 30;
  v_sync public.integration_sync_history;
  v_config public.integration_sync_configs;
  v_failures integer;
  v_again boolean;
begin
  select * into v_sync from public.integration_sync_history h where h.id = p_sync_id;
  select * into v_config from public.integration_sync_configs c where c.id = v_sync.sync_config_id;
  -- Who has that many and is active was switched on again since: its count begins anew.
  v_again := v_config.is_active and v_config.consecutive_failures >= c_disabled;
  -- A run that got somewhere before it failed is no sign of an outage that lasts, and the end of one.
  v_failures := case when p_progress then 0 when v_again then 1 else v_config.consecutive_failures + 1 end;
  if p_progress and v_config.outage_started_at is not null then
    perform nova.record_sync_recovery(v_sync.id, v_config);
  end if;
  update public.integration_sync_configs c
     set consecutive_failures = v_failures, is_active = c.is_active and v_failures < c_disabled, updated_at = now(),
         outage_started_at = case when not p_progress and not v_again
                                  then coalesce(c.outage_started_at, clock_timestamp())
                                  when not p_progress then clock_timestamp() end,
         disabled_reason = case when c.is_active and v_failures >= c_disabled
                                then format('%s runs failed in a row; the last: %s', v_failures, left(p_error, 500))
                                when not c.is_active then c.disabled_reason end
   where c.id = v_config.id returning * into v_config;
  if v_sync.retry_count < v_sync.max_retries then
    perform public.schedule_sync_retry(v_sync.id);
  else
    perform nova.record_sync_alert(v_sync.id, 'failure', nova.sync_outage_key(v_config),
                                   format('%s failed, no retry is left: %s', v_config.stream, p_error));
  end if;
  perform nova.record_sync_alert(v_sync.id, w.type, nova.sync_outage_key(v_config), w.message)
    from (values
      (c_disabled, 'disabled', format('%s is switched off: %s', v_config.stream, v_config.disabled_reason)),
      (c_warning, 'disable_warning', format('%s failed %s times in a row and is switched off at %s: %s',
                                            v_config.stream, c_warning, c_disabled, p_error)),
      (c_repeated, 'repeated_failure', format('%s failed %s times in a row: %s', v_config.stream, c_repeated,
                                              p_error))) w (failures, type, message)
   where w.failures = v_failures;
end
$$;
comment on function nova.record_sync_failure(uuid, text, boolean) is
  'What follows from a failed run: a retry or the alert that none is left, the count of failures, a warning '
  'and the switching off.';

create or replace function nova.record_sync_recovery(p_sync_id uuid, p_config public.integration_sync_configs)
returns void
language plpgsql set search_path = pg_catalog, pg_temp as $$
declare
  v_key constant text := nova.sync_outage_key(p_config);
begin
  if exists (select from public.integration_alert_history a where a.outage_key = v_key) then
    perform nova.record_sync_alert(p_sync_id, 'recovered', v_key, format('%s works again', p_config.stream));
  end if;
  perform nova.end_alert('sync_failed', p_config.id::text);
end
$$;
comment on function nova.record_sync_recovery(uuid, public.integration_sync_configs) is
  'Tells that an outage is over to those who were told of it.';

create or replace function nova.record_sync_success(p_sync_id uuid) returns void
language plpgsql set search_path = pg_catalog, pg_temp as $$
declare
  v_sync public.integration_sync_history;
  v_config public.integration_sync_configs;
begin
  select * into v_sync from public.integration_sync_history h where h.id = p_sync_id;
  select * into v_config from public.integration_sync_configs c where c.id = v_sync.sync_config_id;
  perform nova.record_sync_recovery(v_sync.id, v_config);
  perform nova.record_sync_alert(v_sync.id, 'success', 'run:' || v_sync.id,
                                 format('%s: %s records written', v_config.stream, v_sync.records_written));
  update public.integration_sync_configs c
     set consecutive_failures = 0, outage_started_at = null,
         last_sync_timestamp = greatest(c.last_sync_timestamp, v_sync.started_at), updated_at = now()
   where c.id = v_config.id;
  update public.integration_sync_history h
     set status = 'cancelled', finished_at = clock_timestamp(), error_message = 'a later run succeeded'
   where h.sync_config_id = v_config.id and h.status = 'pending';
end
$$;
comment on function nova.record_sync_success(uuid) is
  'What follows from a run that succeeded: the outage is over, waiting retries have nothing left to do.';

create or replace function nova.end_sync(p_sync_id uuid, p_status text, p_read bigint, p_written bigint,
                                         p_failed bigint, p_error text)
returns void
language plpgsql set search_path = pg_catalog, pg_temp as $$
begin
  update public.integration_sync_history h
     set status = p_status, records_read = p_read, records_written = p_written, records_failed = p_failed,
         error_message = p_error, finished_at = clock_timestamp(), claim_token = null, lease_until = null
   where h.id = p_sync_id;
  if p_status = 'succeeded' then
    perform nova.record_sync_success(p_sync_id);
  elsif p_status in ('failed', 'partial') then
    perform nova.record_sync_failure(p_sync_id, coalesce(p_error, p_status), p_written > 0);
  end if;
end
$$;
comment on function nova.end_sync(uuid, text, bigint, bigint, bigint, text) is
  'Ends a run whose configuration the caller has locked.';

create or replace function nova.end_lost_sync(p_sync_id uuid) returns void
language plpgsql set search_path = pg_catalog, pg_temp as $$
declare
  v_lost public.integration_sync_history;
begin
  -- What it committed gives it its retries back.
  update public.integration_sync_history h
     set error_class = 'worker_lost',
         max_retries = case when h.max_retries > 0 and h.records_read > 0
                            then greatest(h.max_retries, h.retry_count + 1) else h.max_retries end
   where h.id = p_sync_id returning * into v_lost;
  perform nova.end_sync(v_lost.id, 'failed', v_lost.records_read, v_lost.records_written, v_lost.records_failed,
                        'worker lost: ' || coalesce(v_lost.claimed_by, 'unknown'));
  -- Its retry is due at once: workers end for many reasons. The second time in a row that it got nowhere it may be the
  -- run that ends them, and waits.
  if v_lost.records_read > 0 or v_lost.retry_count = 0 then
    update public.integration_sync_history h set retry_at = clock_timestamp()
     where h.original_sync_id = coalesce(v_lost.original_sync_id, v_lost.id)
       and h.retry_count = v_lost.retry_count + 1 and h.status = 'pending';
  end if;
end
$$;
comment on function nova.end_lost_sync(uuid) is
  'Ends a run whose worker is gone; the caller has locked its configuration.';

create or replace function nova.close_lost_syncs(p_sync_config_id uuid default null) returns integer
language plpgsql set search_path = pg_catalog, pg_temp as $$
declare
  v_sync uuid;
  v_config uuid;
  v_count integer := 0;
begin
  -- Of the future: the clock has gone back since, and a lease or a pause is as long as it was.
  update public.integration_sync_history h
     set lease_until = clock_timestamp() + (h.lease_until - h.started_at), started_at = clock_timestamp()
   where h.status = 'running' and h.started_at > clock_timestamp() + interval '1 minute'
     and (p_sync_config_id is null or h.sync_config_id = p_sync_config_id);
  update public.integration_sync_history h
     set retry_at = clock_timestamp() + (h.retry_at - h.created_at), created_at = clock_timestamp()
   where h.status = 'pending' and h.is_retry and h.created_at > clock_timestamp() + interval '1 minute'
     and (p_sync_config_id is null or h.sync_config_id = p_sync_config_id);
  for v_config in
    select c.id from public.integration_sync_configs c
     where c.id in (select h.sync_config_id from public.integration_sync_history h
                     where h.status = 'running' and h.lease_until <= clock_timestamp())
       and (p_sync_config_id is null or c.id = p_sync_config_id)
     order by c.id limit 1000 for no key update skip locked
  loop
    select h.id into v_sync from public.integration_sync_history h
      where h.sync_config_id = v_config and h.status = 'running' and h.lease_until <= clock_timestamp()
        for no key update;
    continue when not found;
    begin
      perform nova.end_lost_sync(v_sync);
      v_count := v_count + 1;
    exception when others then
      if p_sync_config_id is not null then
        raise; -- nobody else waits for it
      end if;
      raise warning 'the lost run % is not ended: %', v_sync, sqlerrm;
    end;
  end loop;
  return v_count;
end
$$;
comment on function nova.close_lost_syncs(uuid) is
  'Ends runs whose lease is over as failed, "worker lost", with a retry; of one configuration or of all, at '
  'most 1,000. Returns how many. One that cannot be ended is told in a warning and keeps no other.';

create or replace function nova.start_sync(p_sync_config_id uuid, p_worker text, p_lease interval,
                                           p_triggered_by text default 'manual', p_max_retries integer default 3)
returns table (id uuid, claim_token bigint)
language plpgsql set search_path = pg_catalog, pg_temp as $$
#variable_conflict use_column
declare
  v_active boolean;
  v_running public.integration_sync_history;
begin
  perform nova.expect_lease(p_lease);
  select c.is_active and i.is_active into v_active
    from public.integration_sync_configs c join public.integration_configs i on i.id = c.integration_id
   where c.id = p_sync_config_id for no key update of c;
  if not found then
    raise exception 'there is no sync configuration %', coalesce(p_sync_config_id::text, 'null')
      using errcode = 'NV033';
  elsif not v_active then
    raise exception 'sync configuration % is switched off', p_sync_config_id using errcode = 'NV034';
  end if;
  perform nova.close_lost_syncs(p_sync_config_id);
  select * into v_running from public.integration_sync_history h
   where h.sync_config_id = p_sync_config_id and h.status = 'running';
  if found then
    raise exception 'sync configuration % is being synced by % since %',
      p_sync_config_id, v_running.claimed_by, v_running.started_at
      using errcode = 'NV035', hint = 'Wait for it: nova sync history';
  end if;
  return query
    insert into public.integration_sync_history (sync_config_id, status, triggered_by, max_retries, claimed_by,
      claim_token, lease_until, started_at)
    values (p_sync_config_id, 'running', p_triggered_by, p_max_retries, p_worker, nextval('nova.sync_claim_token'),
            clock_timestamp() + p_lease, clock_timestamp())
    returning integration_sync_history.id, integration_sync_history.claim_token;
end
$$;
comment on function nova.start_sync(uuid, text, interval, text, integer) is
  'Starts a run and claims it for p_lease. NV033: no such configuration, NV034: it is switched off, NV035: it '
  'is being synced.';

create or replace function nova.claim_sync_retries(p_worker text, p_limit integer, p_lease interval)
returns table (id uuid, claim_token bigint, sync_config_id uuid, original_sync_id uuid, retry_count integer)
language plpgsql set search_path = pg_catalog, pg_temp as $$
#variable_conflict use_column
declare
  v_configs uuid[];
begin
  perform nova.expect_lease(p_lease);
  select array_agg(l.id) into v_configs from (
    select c.id from public.integration_sync_configs c
      join (select p.sync_config_id, min(p.retry_at) as due
              from public.pending_sync_retries p group by p.sync_config_id) d on d.sync_config_id = c.id
     where not exists (select from public.integration_sync_history r
                        where r.sync_config_id = c.id and r.status = 'running')
     order by d.due limit p_limit for no key update of c skip locked) l;
  return query
    update public.integration_sync_history h
       set status = 'running', claimed_by = p_worker, claim_token = nextval('nova.sync_claim_token'),
           lease_until = clock_timestamp() + p_lease, started_at = clock_timestamp()
      from (select distinct on (p.sync_config_id) p.id from public.pending_sync_retries p
             where p.sync_config_id = any (v_configs)
               and not exists (select from public.integration_sync_history r
                                where r.sync_config_id = p.sync_config_id and r.status = 'running')
             order by p.sync_config_id, p.retry_at, p.id) due
     where h.id = due.id and h.status = 'pending'
    returning h.id, h.claim_token, h.sync_config_id, h.original_sync_id, h.retry_count;
end
$$;
comment on function nova.claim_sync_retries(text, integer, interval) is
  'Takes due retries for p_lease, the longest due first, at most one a configuration and none of one that is '
  'being synced.';

create or replace function nova.extend_syncs(p_ids uuid[], p_tokens bigint[], p_lease interval)
returns table (id uuid, outcome text)
language plpgsql set search_path = pg_catalog, pg_temp as $$
#variable_conflict use_column
begin
  perform nova.expect_equal_lengths(cardinality(p_ids), cardinality(p_tokens));
  perform nova.expect_lease(p_lease);
  return query
    with asked as (select * from unnest(p_ids, p_tokens) with ordinality as a (id, token, n)),
    extended as (
      update public.integration_sync_history h
         set lease_until = clock_timestamp() + p_lease, started_at = least(h.started_at, clock_timestamp())
        from asked a
       where h.id = a.id and h.claim_token = a.token and h.lease_until > clock_timestamp()
      returning h.id, a.token)
    select a.id, case when e.id is not null then 'accepted' when h.id is null then 'gone' else 'stale' end
      from asked a
      left join extended e on e.id = a.id and e.token = a.token
      left join public.integration_sync_history h on h.id = a.id
     order by a.n;
end
$$;
comment on function nova.extend_syncs(uuid[], bigint[], interval) is
  'Renews leases of runs; per run accepted, stale (over, taken by another, or the lease ran out) or gone.';

create or replace function nova.finish_sync(p_sync_id uuid, p_token bigint, p_status text, p_read bigint default 0,
                                            p_written bigint default 0, p_failed bigint default 0,
                                            p_error text default null) returns text
language plpgsql set search_path = pg_catalog, pg_temp as $$
begin
  if p_status is null or p_status not in ('succeeded', 'partial', 'failed', 'cancelled') then
    raise exception 'a run ends as succeeded, partial, failed or cancelled, not as "%"', coalesce(p_status, 'null')
      using errcode = '22023';
  end if;
  perform from public.integration_sync_configs c
    where c.id = (select h.sync_config_id from public.integration_sync_history h where h.id = p_sync_id)
      for no key update;
  if not found then
    return 'gone';
  end if;
  perform from public.integration_sync_history h
    where h.id = p_sync_id and h.status = 'running' and h.claim_token = p_token for no key update;
  if not found then
    return 'stale';
  end if;
  perform nova.end_sync(p_sync_id, p_status, p_read, p_written, p_failed, p_error);
  return 'accepted';
end
$$;
comment on function nova.finish_sync(uuid, bigint, text, bigint, bigint, bigint, text) is
  'Ends a run: accepted, stale (the token is not that of its claim; nothing changed) or gone. A failed or '
  'partial one gets its retry, or the alert that none is left.';

create or replace function nova.reset_sync_watermark(p_sync_config_id uuid, p_watermark text, p_who text, p_why text)
returns void
language plpgsql set search_path = pg_catalog, pg_temp as $$
declare
  v_before text;
begin
  select c.watermark_value into v_before from public.integration_sync_configs c
   where c.id = p_sync_config_id for no key update;
  if not found then
    raise exception 'there is no sync configuration %', coalesce(p_sync_config_id::text, 'null')
      using errcode = 'NV033';
  end if;
  update public.integration_sync_configs c set watermark_value = null, updated_at = now() where c.id = p_sync_config_id;
  if p_watermark is not null then
    perform public.update_sync_watermark(p_sync_config_id, p_watermark, null);
  end if;
  perform nova.record_operator_action(p_who, 'operate', 'sql', 'reset_sync_watermark', p_sync_config_id::text,
    pg_catalog.jsonb_build_object('from', v_before, 'to', p_watermark), p_why);
end
$$;
comment on function nova.reset_sync_watermark(uuid, text, text, text) is
  'Sets a watermark anywhere, also back or away (null); recorded in nova.operator_actions. The next run syncs '
  'what lies above it again.';

create or replace function nova.prune_syncs(p_limit integer default 10000) returns bigint
language plpgsql set search_path = pg_catalog, pg_temp set timezone = 'UTC' as $$
declare
  c_kept constant interval := '90 days';
  v_gone bigint;
  v_total bigint;
begin
  -- Within an outage that lasts each recipient gets each type of alert once, so its alerts stay.
  delete from public.integration_alert_history a
   where a.id in (select o.id from public.integration_alert_history o
                    left join public.integration_sync_configs c on c.id = o.sync_config_id
                   where o.created_at < now() - c_kept and o.delivery_status in ('sent', 'failed')
                     and (c.id is null or o.outage_key <> nova.sync_outage_key(c))
                   limit p_limit);
  get diagnostics v_total = row_count;
  -- A run goes with its retries, when all of them are old.
  delete from public.integration_sync_history h
   where h.id in (select o.id from public.integration_sync_history o
                   where o.created_at < now() - c_kept and o.finished_at < now() - c_kept
                     and o.original_sync_id is null
                     and not exists (select from public.integration_sync_history r
                                      where r.original_sync_id = o.id
                                        and coalesce(r.finished_at, now()) >= now() - c_kept)
                   order by o.created_at limit p_limit);
  get diagnostics v_gone = row_count;
  return v_total + v_gone;
end
$$;
comment on function nova.prune_syncs(integer) is
  'Upkeep: runs that ended more than 90 days ago and alerts that were sent or given up then go away; at most so '
  'many of each. Returns how many, retries that went with their runs not counted.';

do $$
declare
  v_function regprocedure;
begin
  for v_function in
    select p.oid::regprocedure from pg_catalog.pg_proc p
     where p.pronamespace = 'nova'::regnamespace
       and p.proname in (
         'record_sync_alert', 'record_sync_failure', 'record_sync_success', 'record_sync_recovery', 'sync_outage_key',
         'prune_syncs', 'end_sync', 'end_lost_sync', 'close_lost_syncs', 'raise_sync_alert', 'note_sync_alerts',
         'end_sync_alert', 'start_sync', 'claim_sync_retries', 'extend_syncs', 'finish_sync', 'reset_sync_watermark')
  loop
    execute format('revoke all on function %s from public', v_function);
  end loop;
end
$$;
select nova.plan_upkeep('integrations');
