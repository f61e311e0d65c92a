-- What is synced from where, and every run of it. What the retry and alert migration takes for granted.
select nova.expect_names('integration_configs(id name is_active)',
  'integration_sync_configs(id integration_id stream is_active watermark_type consecutive_failures outage_started_at '
  'disabled_reason updated_at)',
  'integration_sync_history(id sync_config_id status triggered_by records_read records_written records_failed '
  'error_message claimed_by claim_token lease_until created_at started_at finished_at)');

create sequence if not exists nova.sync_claim_token;
comment on sequence nova.sync_claim_token is 'Tokens of claims of syncs and alerts: a later claim has a greater one.';
revoke all on sequence nova.sync_claim_token from public;

-- Tables of these names that somebody else made are used as they are, and get nothing here.
do $$
declare
  v_table text;
begin
  if nova.is_foreign('integration_configs') then
    return;
  end if;

  create table if not exists public.integration_configs (
    id uuid primary key default gen_random_uuid(),
    name text not null constraint integration_configs_name unique,
    provider text not null constraint integration_configs_provider check (provider <> ''),
    settings jsonb not null default '{}'
      constraint integration_configs_settings check (jsonb_typeof(settings) = 'object'),
    secret_name text,
    is_active boolean not null default true,
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now()
  );
  comment on table public.integration_configs is 'Connections to other systems. (Nova)';
  comment on column public.integration_configs.settings is 'What the connector needs that is no secret.';
  comment on column public.integration_configs.secret_name is
    'Name of the secret in the environment or the vault; never the secret itself.';

  create table if not exists public.integration_sync_configs (
    id uuid primary key default gen_random_uuid(),
    integration_id uuid not null references public.integration_configs on delete cascade,
    stream text not null constraint integration_sync_configs_stream check (stream <> ''),
    is_active boolean not null default true,
    schedule_name text,
    watermark_type text not null default 'timestamp'
      constraint integration_sync_configs_watermark_type check (watermark_type in ('timestamp', 'number', 'text')),
    consecutive_failures integer not null default 0,
    outage_started_at timestamptz,
    disabled_reason text,
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now(),
    constraint integration_sync_configs_key unique (integration_id, stream)
  ) with (fillfactor = 80);
  comment on table public.integration_sync_configs is
    'What is synced of an integration, one row a stream (contacts, invoices …). (Nova)';
  comment on column public.integration_sync_configs.schedule_name is
    'The schedule whose message starts it; null: by hand only.';
  comment on column public.integration_sync_configs.watermark_type is
    'How two watermarks compare: as a point in time, a number, or text in byte order.';
  comment on column public.integration_sync_configs.consecutive_failures is
    'Failed runs since one that succeeded or got somewhere.';
  comment on column public.integration_sync_configs.outage_started_at is
    'When the first of them failed; null: it works.';
  comment on column public.integration_sync_configs.disabled_reason is
    'Why Nova switched it off; null when it did not.';

  create table if not exists public.integration_sync_history (
    id uuid primary key default gen_random_uuid(),
    sync_config_id uuid not null references public.integration_sync_configs on delete cascade,
    status text not null default 'pending'
      constraint integration_sync_history_status
        check (status in ('pending', 'running', 'succeeded', 'partial', 'failed', 'cancelled')),
    triggered_by text not null default 'schedule',
    records_read bigint not null default 0,
    records_written bigint not null default 0,
    records_failed bigint not null default 0,
    error_message text,
    claimed_by text,
    claim_token bigint,
    lease_until timestamptz,
    created_at timestamptz not null default now(),
    started_at timestamptz,
    finished_at timestamptz,
    constraint integration_sync_history_claim check ((status = 'running') = (claim_token is not null)),
    constraint integration_sync_history_ends check (status <> 'running' or lease_until is not null),
    constraint integration_sync_history_finished check ((status in ('pending', 'running')) = (finished_at is null)),
    constraint integration_sync_history_counts
      check (records_read >= 0 and records_written >= 0 and records_failed >= 0)
  ) with (fillfactor = 80);
  create unique index if not exists integration_sync_history_one_running
    on public.integration_sync_history (sync_config_id) where status = 'running';
  create index if not exists integration_sync_history_config
    on public.integration_sync_history (sync_config_id, created_at desc);
  create index if not exists integration_sync_history_created on public.integration_sync_history (created_at desc);
  create index if not exists integration_sync_history_lease on public.integration_sync_history (lease_until)
    where status = 'running';
  comment on table public.integration_sync_history is 'Runs of syncs: waiting, under way and over. (Nova)';
  comment on column public.integration_sync_history.status is
    'pending: a retry that waits for its time; partial: some records failed or the run ended early, what is '
    'written stays.';
  comment on column public.integration_sync_history.triggered_by is 'schedule, manual, retry or a name that says who.';
  comment on column public.integration_sync_history.claim_token is
    'Of the worker that runs it, else null. A report that names another changes nothing.';
  comment on column public.integration_sync_history.lease_until is
    'Without an extension the run counts as lost after this.';
  comment on index public.integration_sync_history_one_running is 'Two runs of one sync never overlap.';

  foreach v_table in array array['integration_configs', 'integration_sync_configs', 'integration_sync_history'] loop
    execute format('alter table public.%I enable row level security', v_table);
    execute format('revoke all on public.%I from %s', v_table, nova.browsers());
    if to_regrole('service_role') is not null then
      execute format('grant select, insert, update, delete on public.%I to service_role', v_table);
    end if;
  end loop;
end
$$;
