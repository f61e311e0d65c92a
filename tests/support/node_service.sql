-- The database of the Node service as its documents name things, with columns that such a service has. Queues are
-- made by the test. Names are unqualified, so the search path says which schema they go to.
create table flux_inboxes (
  id uuid primary key default gen_random_uuid(),
  user_id uuid,
  email text not null,
  grant_id text unique,
  provider text,
  status text default 'active',
  display_name text,
  created_at timestamptz default now(),
  updated_at timestamptz default now()
);
create table flux_inbox_configurations (
  id uuid primary key default gen_random_uuid(),
  inbox_id uuid not null,
  backfill_status text,
  backfill_start_date timestamptz,
  backfill_end_date timestamptz,
  backfill_progress jsonb,
  backfill_started_at timestamptz,
  backfill_completed_at timestamptz,
  created_at timestamptz default now(),
  updated_at timestamptz default now()
);
create table flux_email_threads (
  id uuid primary key default gen_random_uuid(),
  inbox_id uuid not null,
  nylas_thread_id text not null,
  subject text,
  latest_message_received_date timestamptz,
  created_at timestamptz default now()
);
create table flux_email_messages (
  id uuid primary key default gen_random_uuid(),
  inbox_id uuid,
  thread_id uuid,
  nylas_message_id text,
  subject text,
  snippet text,
  from_recipients jsonb,
  to_recipients jsonb,
  cc_recipients jsonb,
  body text,
  received_date timestamptz,
  folders jsonb,
  attachments json,
  unread boolean default false,
  starred boolean default false,
  sync_version integer,
  created_at timestamptz default now()
);
create table flux_webhook_notifications (
  id uuid primary key default gen_random_uuid(),
  notification_id text not null unique,
  notification_type text not null,
  grant_id text,
  payload jsonb not null,
  status text not null default 'pending',
  retry_count integer not null default 0,
  received_at timestamptz not null default now()
);
create table queued_threads (
  id uuid primary key default gen_random_uuid(),
  config_id uuid not null references flux_inbox_configurations,
  thread_id text not null,
  grant_id text,
  status text not null default 'queued',
  unique (config_id, thread_id)
);
create table inbox_sync_stats (
  config_id uuid primary key references flux_inbox_configurations,
  threads_queued integer,
  threads_completed integer
);
