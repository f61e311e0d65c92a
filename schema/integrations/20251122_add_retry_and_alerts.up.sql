-- Retries of failed syncs, alerts, incremental syncs.
select nova.expect_names('integration_alert_history', 'integration_alert_history_once',
  'integration_alert_history_integration', 'integration_alert_history_run', 'integration_alert_history_sync',
  'pending_sync_retries', 'calculate_next_retry()', 'schedule_sync_retry()',
  'update_sync_watermark()');

alter table public.integration_configs
  add column if not exists alert_on_failure boolean not null default true,
  add column if not exists alert_on_success boolean not null default false,
  add column if not exists alert_emails text[] not null default '{}',
  add column if not exists alert_webhook_url text;

alter table public.integration_sync_configs
  add column if not exists sync_mode text not null default 'full',
  add column if not exists last_sync_timestamp timestamptz,
  add column if not exists incremental_key text,
  add column if not exists watermark_value text;

alter table public.integration_sync_history
  add column if not exists retry_count integer not null default 0,
  add column if not exists max_retries integer not null default 3,
  add column if not exists retry_at timestamptz,
  add column if not exists original_sync_id uuid,
  add column if not exists is_retry boolean not null default false;

-- Tables that somebody else made get these columns and nothing more.
do $$
declare
  v_check record;
begin
  if nova.is_foreign('integration_configs') then
    return;
  end if;
  for v_check in select * from (values
    ('integration_configs', 'integration_configs_webhook',
     $c$check (alert_webhook_url ~ '^https?://[^[:space:]]+$')$c$),
    ('integration_sync_configs', 'integration_sync_configs_mode',
     $c$check (sync_mode in ('full', 'incremental', 'delta'))$c$),
    ('integration_sync_history', 'integration_sync_history_retry_count', 'check (retry_count >= 0)'),
    ('integration_sync_history', 'integration_sync_history_max_retries', 'check (max_retries >= 0)'),
    ('integration_sync_history', 'integration_sync_history_original',
     'foreign key (original_sync_id) references public.integration_sync_history on delete cascade'),
    ('integration_sync_history', 'integration_sync_history_is_retry',
     'check (is_retry = (original_sync_id is not null) and is_retry = (retry_count > 0) '
     'and (not is_retry or retry_at is not null))')) c (relation, name, definition)
  loop
    if not exists (select from pg_catalog.pg_constraint where conname = v_check.name) then
      execute format('alter table public.%I add constraint %I %s', v_check.relation, v_check.name, v_check.definition);
    end if;
  end loop;
  create unique index if not exists integration_sync_history_retry
    on public.integration_sync_history (original_sync_id, retry_count) where original_sync_id is not null;
  create index if not exists integration_sync_history_due on public.integration_sync_history (retry_at)
    where status = 'pending' and is_retry;
  comment on column public.integration_configs.alert_emails is 'Who is told; empty: nobody.';
  comment on column public.integration_configs.alert_webhook_url is 'What is called, in addition to the emails.';
  comment on column public.integration_sync_configs.sync_mode is
    'full: everything each time; incremental: what is above the watermark; delta: what the provider says has changed.';
  comment on column public.integration_sync_configs.last_sync_timestamp is
    'When the last run that succeeded read the provider.';
  comment on column public.integration_sync_configs.incremental_key is
    'The record''s field that the watermark is a value of.';
  comment on column public.integration_sync_configs.watermark_value is
    'Everything up to this value is committed. Moved by update_sync_watermark, forward only.';
  comment on column public.integration_sync_history.retry_count is 'Which retry this is: 0 the original, 1 the first.';
  comment on column public.integration_sync_history.max_retries is 'Retries that the original may have.';
  comment on column public.integration_sync_history.retry_at is 'When this retry is due; null for an original.';
  comment on column public.integration_sync_history.original_sync_id is
    'The run that failed first, the same for each of its retries.';
  comment on index public.integration_sync_history_retry is
    'Each failed attempt has one retry, however many ask for it at once. Its condition is one that the foreign key '
    'implies, so that deleting a run finds its retries by it.';
end
$$;

create table if not exists public.integration_alert_history (
  id uuid primary key default gen_random_uuid(),
  integration_id uuid not null references public.integration_configs on delete cascade,
  sync_config_id uuid references public.integration_sync_configs on delete cascade,
  sync_history_id uuid references public.integration_sync_history on delete set null,
  alert_type text not null constraint integration_alert_history_type check
    (alert_type in ('failure', 'repeated_failure', 'disable_warning', 'disabled', 'recovered', 'success')),
  channel text not null constraint integration_alert_history_channel check (channel in ('email', 'webhook')),
  recipient text not null,
  outage_key text not null,
  message text not null,
  delivery_status text not null default 'pending'
    constraint integration_alert_history_delivery check (delivery_status in ('pending', 'sending', 'sent', 'failed')),
  attempts integer not null default 0,
  error_message text,
  created_at timestamptz not null default now(),
  sent_at timestamptz,
  constraint integration_alert_history_once unique (outage_key, alert_type, channel, recipient),
  constraint integration_alert_history_sent check ((delivery_status = 'sent') = (sent_at is not null))
) with (fillfactor = 80);
create index if not exists integration_alert_history_integration
  on public.integration_alert_history (integration_id, created_at desc);
-- What is deleted is looked for here by foreign keys.
create index if not exists integration_alert_history_run on public.integration_alert_history (sync_history_id)
  where sync_history_id is not null;
create index if not exists integration_alert_history_sync on public.integration_alert_history (sync_config_id)
  where sync_config_id is not null;
comment on table public.integration_alert_history is 'Alerts, written before they are sent, and what became of each.';
comment on column public.integration_alert_history.alert_type is
  'failure: the retries are used up; repeated_failure, disable_warning, disabled: by the number of failures '
  'in a row; recovered; success: each run, if wanted.';
comment on column public.integration_alert_history.outage_key is
  'Groups what belongs to one outage, from the first failure to the recovery; within it each recipient gets '
  'each type of alert once.';
comment on column public.integration_alert_history.delivery_status is
  'pending: to be sent; sending: a node has it in hand; failed: given up after the last attempt.';
comment on column public.integration_alert_history.error_message is 'Why the last attempt failed.';
alter table public.integration_alert_history enable row level security;

create or replace function public.calculate_next_retry(p_retry_count integer, p_from timestamptz default now(),
    p_base_delay interval default '1 minute', p_max_delay interval default '1 hour',
    p_jitter double precision default 0.1, p_seed text default '') returns timestamptz
language plpgsql immutable strict parallel safe set search_path = pg_catalog, pg_temp as $$
declare
  v_base double precision := extract(epoch from p_base_delay);
  v_max double precision := extract(epoch from p_max_delay);
  v_share double precision;
begin
  if p_retry_count < 0 then
    raise exception 'a retry count of % is negative', p_retry_count using errcode = '22023';
  elsif v_base <= 0 or v_max <= 0 then
    raise exception 'delays must be above zero: base %, maximum %', p_base_delay, p_max_delay using errcode = '22023';
  elsif p_jitter < 0 or p_jitter > 1 or p_jitter = 'NaN' then
    raise exception 'jitter % is not between 0 and 1', p_jitter using errcode = '22023';
  end if;
  -- The first 32 bits of a hash, as a number from 0 to below 1. It depends on the seed alone, so
  -- one seed's delays stay monotone.
  v_share := ('x' || left(md5(p_seed), 8))::bit(32)::bigint / 4294967296.0;
  -- Above 2^100 times any delay the maximum rules; far below where a double ends.
  return p_from + make_interval(secs =>
    least(v_max, v_base * power(2.0::double precision, least(p_retry_count, 100))) * (1 - p_jitter * v_share));
end
$$;
comment on function public.calculate_next_retry(integer, timestamptz, interval, interval, double precision, text) is
  'When to try again after p_retry_count retries: p_from + base * 2^count, at most the maximum, less a share '
  'of up to p_jitter that depends on p_seed only. The same arguments give the same answer.';

create or replace function public.schedule_sync_retry(p_sync_id uuid) returns uuid
language plpgsql set search_path = pg_catalog, pg_temp as $$
declare
  v_failed public.integration_sync_history;
  v_root uuid;
  v_retry uuid;
  v_pauses jsonb;
begin
  -- Whoever asks for a retry of the same run waits here; the unique index decides in any case.
  select * into v_failed from public.integration_sync_history h where h.id = p_sync_id for no key update;
  if not found then
    raise exception 'there is no sync run %', coalesce(p_sync_id::text, 'null') using errcode = 'NV030',
      hint = 'List them: nova sync history';
  end if;
  v_root := coalesce(v_failed.original_sync_id, v_failed.id);
  select h.id into v_retry from public.integration_sync_history h
    where h.is_retry and h.original_sync_id = v_root and h.retry_count = v_failed.retry_count + 1;
  if found then
    return v_retry;
  end if;
  if v_failed.status not in ('failed', 'partial') then
    raise exception 'sync run % is %; only a failed or partial one is retried', p_sync_id, v_failed.status
      using errcode = 'NV031';
  elsif v_failed.retry_count >= v_failed.max_retries then
    raise exception 'sync run % has no retry left: % of % made', p_sync_id, v_failed.retry_count, v_failed.max_retries
      using errcode = 'NV032', hint = 'Start a new run once the cause is removed.';
  end if;
  -- By name, because a later migration adds them.
  select to_jsonb(c) into v_pauses from public.integration_sync_configs c where c.id = v_failed.sync_config_id;
  insert into public.integration_sync_history (sync_config_id, status, triggered_by, retry_count, max_retries, retry_at,
    original_sync_id, is_retry)
  values (v_failed.sync_config_id, 'pending', 'retry', v_failed.retry_count + 1, v_failed.max_retries,
          public.calculate_next_retry(v_failed.retry_count, now(),
                                      coalesce((v_pauses ->> 'retry_base')::interval, interval '1 minute'),
                                      coalesce((v_pauses ->> 'retry_max')::interval, interval '1 hour'),
                                      p_seed => v_root::text), v_root, true)
  returning id into v_retry;
  return v_retry;
end
$$;
comment on function public.schedule_sync_retry(uuid) is
  'Writes the retry of a failed or partial run and returns its id; asked again, or by many at once, the id of '
  'the same. NV030: no such run, NV031: it did not fail, NV032: no retry left.';

create or replace function public.update_sync_watermark(p_sync_config_id uuid, p_watermark text,
                                                        p_synced_at timestamptz default now())
returns text
language plpgsql set search_path = pg_catalog, pg_temp set timezone = 'UTC' as $$
declare
  v_config public.integration_sync_configs;
  v_order integer; -- of the new watermark against the stored one: -1, 0 or 1
begin
  select * into v_config from public.integration_sync_configs c where c.id = p_sync_config_id for no key update;
  if not found then
    raise exception 'there is no sync configuration %', coalesce(p_sync_config_id::text, 'null')
      using errcode = 'NV033';
  elsif p_watermark is null then
    raise exception 'a watermark cannot be taken away'
      using errcode = '22004', hint = 'nova.reset_sync_watermark does, and records who did.';
  end if;
  -- A value that does not parse is refused by its cast. Infinity parses, but nothing could ever
  -- follow it; words such as tomorrow do too, whose meaning moves, and orders of day and month that
  -- depend on the session.
  if v_config.watermark_type = 'number' and p_watermark::numeric in ('NaN', 'Infinity', '-Infinity')
     or v_config.watermark_type = 'timestamp' and lower(p_watermark) ~ '^[+-]?infinity$' then
    raise exception 'the watermark "%" is not finite', p_watermark using errcode = '22023';
  elsif v_config.watermark_type = 'timestamp'
     and p_watermark !~ '^[0-9]{4,6}-[0-9]{2}-[0-9]{2}([T ][0-9]{2}:[0-9]{2}(:[0-9]{2}([.][0-9]+)?)?'
                        '( ?(Z|[+-][0-9]{2}(:?[0-9]{2})?))?)?$' then
    raise exception 'the watermark "%" is not a time of ISO 8601', p_watermark
      using errcode = '22007', hint = 'Such as 2026-06-01T12:00:00Z.';
  end if;
  begin
    v_order := coalesce(case v_config.watermark_type
      when 'timestamp' then sign(extract(epoch from p_watermark::timestamptz)
                                 - extract(epoch from v_config.watermark_value::timestamptz))
      when 'number' then sign(p_watermark::numeric - v_config.watermark_value::numeric)
      else (p_watermark collate "C" > v_config.watermark_value)::integer
           - (p_watermark collate "C" < v_config.watermark_value)::integer
    end, 1);
  exception when data_exception then
    raise exception 'the watermarks "%" and "%" (the stored one) are not both of type %',
      p_watermark, v_config.watermark_value, v_config.watermark_type
      using errcode = sqlstate, hint = 'After a change of watermark_type nova.reset_sync_watermark sets another.';
  end;
  if v_order < 0 then
    raise notice 'watermark of % stays at %: % is behind it', p_sync_config_id, v_config.watermark_value, p_watermark;
    return 'behind';
  end if;
  update public.integration_sync_configs c
     set watermark_value = case when v_order > 0 then p_watermark else c.watermark_value end,
         last_sync_timestamp = greatest(c.last_sync_timestamp, p_synced_at), updated_at = now()
   where c.id = p_sync_config_id;
  return case when v_order > 0 then 'advanced' else 'unchanged' end;
end
$$;
comment on function public.update_sync_watermark(uuid, text, timestamptz) is
  'Moves a watermark forward and notes the time of the sync; call it in the transaction that commits the '
  'data. Returns advanced, unchanged, or behind (with a notice, and nothing is changed). NV033: no such '
  'configuration.';

create or replace view public.pending_sync_retries with (security_invoker = true) as
select h.id, h.original_sync_id, h.sync_config_id, c.integration_id, i.name as integration_name, c.stream,
       h.retry_count, h.max_retries, h.retry_at, c.sync_mode, c.incremental_key, c.watermark_value
  from public.integration_sync_history h
  join public.integration_sync_configs c on c.id = h.sync_config_id
  join public.integration_configs i on i.id = c.integration_id
 where h.status = 'pending' and h.is_retry and h.retry_at <= now() and c.is_active and i.is_active;
comment on view public.pending_sync_retries is
  'Retries that are due, that nobody runs yet and whose configuration is active.';
do $$
begin
  execute format('revoke all on public.integration_alert_history, public.pending_sync_retries from %s',
                 nova.browsers());
  if to_regrole('service_role') is not null then
    grant select, insert, update, delete on public.integration_alert_history to service_role;
    grant select on public.pending_sync_retries to service_role;
    grant execute on function
      public.calculate_next_retry(integer, timestamptz, interval, interval, double precision, text),
      public.schedule_sync_retry(uuid), public.update_sync_watermark(uuid, text, timestamptz) to service_role;
  end if;
end
$$;
select nova.mark_names();
