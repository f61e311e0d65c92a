-- The tables of the email service: inboxes, mail, backfills, webhook notifications.
-- The provider's id leads in keys, not the inbox: no two indexes of a table then begin alike, and
-- the planner cannot take the wrong one for a key while a new table has no statistics.
-- Times that order observations are microseconds since 1970 (bigint); everything else is timestamptz.
select nova.expect_names('flux_inboxes', 'flux_inboxes_grant_id_key', 'flux_inboxes_email', 'flux_email_folders',
  'flux_email_threads', 'flux_email_threads_key', 'flux_email_threads_latest', 'flux_email_messages',
  'flux_email_messages_thread', 'flux_email_messages_refetch', 'flux_email_messages_changed',
  'flux_email_attachments', 'flux_email_rejects', 'flux_email_rejects_version', 'flux_inbox_configurations',
  'flux_inbox_configurations_inbox', 'backfill_windows_id_seq', 'backfill_windows', 'backfill_windows_key',
  'queued_threads', 'queued_threads_unfinished', 'queued_threads_revisit',
  'inbox_sync_stats', 'flux_webhook_notifications', 'flux_webhook_notifications_notification_id_key',
  'flux_webhook_notifications_received', 'sync_transitions_id_seq', 'sync_transitions', 'sync_transitions_subject',
  'support_inbox_configurations');

create table if not exists public.flux_inboxes (
  id uuid primary key default gen_random_uuid(),
  email text not null,
  grant_id text not null unique,
  provider text not null default '',
  status text not null default 'active'
    constraint flux_inboxes_status check (status in ('active', 'auth_expired', 'disabled', 'removed')),
  status_reason text not null default '',
  status_changed_at timestamptz not null default now(),
  last_verified_at timestamptz,
  last_swept_at timestamptz,
  sweep_claimed_until timestamptz,
  folders_due_at timestamptz not null default now(),
  reject_bytes bigint not null default 0,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now()
);
create index if not exists flux_inboxes_email on public.flux_inboxes (lower(email));
comment on table public.flux_inboxes is 'Connected email accounts, one a Nylas grant.';
comment on column public.flux_inboxes.grant_id is 'The Nylas grant: what every API call names.';
comment on column public.flux_inboxes.status is
  'active; auth_expired: the grant must be re-authorised, its work waits; disabled: by an operator; removed: '
  'kept for its mail only.';
comment on column public.flux_inboxes.last_verified_at is
  'A comparison with the provider''s list that began then found everything until then equal.';
comment on column public.flux_inboxes.reject_bytes is 'Bytes of raw in its rows of flux_email_rejects.';
comment on column public.flux_inboxes.sweep_claimed_until is
  'A sweep runs; after this time another node may start one.';
comment on column public.flux_inboxes.folders_due_at is 'When its folders are to be listed.';

create table if not exists public.flux_email_folders (
  inbox_id uuid not null references public.flux_inboxes on delete cascade,
  nylas_folder_id text collate "C" not null,
  name text not null default '',
  parent_id text not null default '',
  attributes jsonb not null default '[]',
  system_folder boolean not null default false,
  deleted_at timestamptz,
  updated_at timestamptz not null default now(),
  primary key (inbox_id, nylas_folder_id)
);
comment on table public.flux_email_folders is 'Folders and labels, as the provider names them.';
comment on column public.flux_email_folders.attributes is
  E'Such as \\Inbox, \\Sent, \\Trash: what to know a folder by, not its name.';

create table if not exists public.flux_email_threads (
  id uuid primary key default gen_random_uuid(),
  inbox_id uuid not null references public.flux_inboxes on delete cascade,
  nylas_thread_id text collate "C" not null,
  message_count integer not null default 0,
  unread boolean not null default false,
  starred boolean not null default false,
  has_attachments boolean not null default false,
  earliest_message_at timestamptz,
  latest_message_at timestamptz,
  subject text not null default '',
  snippet text not null default '',
  participants jsonb not null default '[]',
  folders jsonb not null default '[]',
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  constraint flux_email_threads_key unique (nylas_thread_id, inbox_id)
) with (fillfactor = 80);
create index if not exists flux_email_threads_latest on public.flux_email_threads (inbox_id, latest_message_at);
comment on table public.flux_email_threads is
  'Conversations. Derived: every value is an aggregate of the thread''s messages, recomputed by whoever '
  'changes one of them.';
comment on column public.flux_email_threads.message_count is
  'Messages that are not deleted; 0 when all are gone or moved.';
comment on column public.flux_email_threads.subject is 'Of the latest message, like snippet.';
comment on column public.flux_email_threads.participants is
  'Array of {email, name}, one for each address of from, to and cc.';
comment on column public.flux_email_threads.folders is 'Union of the messages'' folder ids, sorted.';

create table if not exists public.flux_email_messages (
  id uuid not null default gen_random_uuid(),
  inbox_id uuid not null references public.flux_inboxes on delete cascade,
  lo bigint not null,
  hi bigint not null,
  doubt_hi bigint,
  refetch_at timestamptz,
  refetch_claimed_at timestamptz,
  not_found_at timestamptz,
  deleted_at timestamptz,
  message_date timestamptz,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  changed_in xid8 not null default pg_current_xact_id(),
  not_found smallint not null default 0,
  provisional boolean not null default false,
  unread boolean not null default false,
  starred boolean not null default false,
  has_attachments boolean,
  nylas_message_id text collate "C" not null,
  nylas_thread_id text collate "C",
  core_hash bytea,
  extra_hash bytea,
  origin text not null default '',
  subject text not null default '',
  snippet text not null default '',
  from_addresses jsonb not null default '[]',
  to_addresses jsonb not null default '[]',
  cc_addresses jsonb not null default '[]',
  bcc_addresses jsonb,
  reply_to_addresses jsonb,
  folders jsonb not null default '[]',
  metadata jsonb not null default '{}',
  reader_notes jsonb,
  body text,
  primary key (nylas_message_id, inbox_id)
);
create index if not exists flux_email_messages_thread on public.flux_email_messages (nylas_thread_id, inbox_id);
create index if not exists flux_email_messages_refetch on public.flux_email_messages (refetch_at)
  where refetch_at is not null;
create index if not exists flux_email_messages_changed on public.flux_email_messages (changed_in);
do $$
begin
  alter table public.flux_email_messages alter column body set compression lz4;
exception when feature_not_supported then
  raise notice 'this server was built without lz4: message bodies are compressed with pglz, which costs more time';
end
$$;
comment on table public.flux_email_messages is
  'Messages, one row for each that the provider ever named; deleted ones stay as tombstones.';
comment on column public.flux_email_messages.lo is
  'With hi the interval in which the provider''s state was read, microseconds since 1970. The smallest '
  'bigint: not known (a notification).';
comment on column public.flux_email_messages.doubt_hi is
  'Highest hi of an observation that could be newer or older than this row; null: no doubt.';
comment on column public.flux_email_messages.refetch_at is
  'When to read the message again to end a doubt or to confirm a notification; null: nothing to do.';
comment on column public.flux_email_messages.refetch_claimed_at is 'When a node last took it to read it.';
comment on column public.flux_email_messages.not_found is
  'How often in a row the provider answered 404; the second, a minute later, makes it a tombstone. 2: it is one, and '
  'not_found_at says since when.';
comment on column public.flux_email_messages.provisional is 'Known from a notification only; a fetch will confirm it.';
comment on column public.flux_email_messages.has_attachments is
  'Null like bcc_addresses and reply_to_addresses: no observation carried it yet.';
comment on column public.flux_email_messages.changed_in is
  'The transaction that last wrote more than the interval: what follows the table reads changes in this order.';
comment on column public.flux_email_messages.reader_notes is
  'Fields that had another form than the API promises, and what became of each: {"date": "no number of '
  'seconds, read as a time"}. Null: all were as promised.';
comment on column public.flux_email_messages.core_hash is
  'Hash of all but the extras; an observation with the same writes nothing but the interval. Null: not known, '
  'since some fields alone were written last.';
comment on column public.flux_email_messages.extra_hash is 'Hash of attachments, bcc and reply_to, the extras.';
comment on column public.flux_email_messages.origin is
  'How it came here first: backfill, webhook, reconcile or refetch.';

create table if not exists public.flux_email_attachments (
  inbox_id uuid not null,
  nylas_message_id text collate "C" not null,
  position smallint not null,
  nylas_attachment_id text not null default '',
  filename text not null default '',
  content_type text not null default '',
  size bigint,
  is_inline boolean not null default false,
  content_id text not null default '',
  content_disposition text not null default '',
  primary key (nylas_message_id, inbox_id, position),
  foreign key (nylas_message_id, inbox_id) references public.flux_email_messages on delete cascade
);
comment on table public.flux_email_attachments is 'What is attached to a message; the bytes stay with the provider.';
comment on column public.flux_email_attachments.position is 'Place in the message, from 0.';
comment on column public.flux_email_attachments.size is 'Bytes, as the provider estimates.';

create table if not exists public.flux_email_rejects (
  inbox_id uuid not null references public.flux_inboxes on delete cascade,
  kind text not null constraint flux_email_rejects_kind check (kind in ('message', 'thread', 'folder')),
  identity bytea not null,
  provider_id text not null default '',
  reason text not null,
  raw text,
  version text not null,
  times_seen bigint not null default 1,
  first_seen_at timestamptz not null default now(),
  last_seen_at timestamptz not null default now(),
  retry_at timestamptz not null default '-infinity',
  primary key (inbox_id, kind, identity)
);
create index if not exists flux_email_rejects_version on public.flux_email_rejects (version) where raw is not null;
comment on table public.flux_email_rejects is
  'Objects of the provider that could not be read or stored, one row each; empty when all is well.';
comment on column public.flux_email_rejects.identity is
  'Hash of the provider''s id or, where there is none, of the object.';
comment on column public.flux_email_rejects.provider_id is 'As far as it is known; at most 4,096 bytes of it.';
comment on column public.flux_email_rejects.raw is
  'The object as compact JSON; null above 1 MiB, or when those of the inbox fill 1 GiB.';
comment on column public.flux_email_rejects.version is 'The program that tried to read it last.';
comment on column public.flux_email_rejects.retry_at is 'A node reads it again; after this time another may.';

create table if not exists public.flux_inbox_configurations (
  id uuid primary key default gen_random_uuid(),
  inbox_id uuid not null references public.flux_inboxes on delete cascade,
  backfill_status text not null default 'idle' constraint flux_inbox_configurations_status check (backfill_status in
    ('idle', 'pending', 'discovering', 'thread_sync', 'completed', 'failed', 'cancelled', 'paused')),
  backfill_start timestamptz not null,
  backfill_end timestamptz not null,
  backfill_progress jsonb not null default
    '{"threads_queued": 0, "threads_completed": 0, "threads_failed": 0, "total_messages_synced": 0, '
    '"checkpoint": null}',
  discovery_done boolean not null default false,
  discovery_token bigint not null default 0,
  gaps jsonb not null default '[]',
  attempts integer not null default 0,
  error_message text,
  backfill_started_at timestamptz,
  backfill_completed_at timestamptz,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  constraint flux_inbox_configurations_range check (backfill_start < backfill_end)
) with (fillfactor = 70);
create index if not exists flux_inbox_configurations_inbox on public.flux_inbox_configurations (inbox_id);
comment on table public.flux_inbox_configurations is
  'Backfills, one row each: the time range of an inbox and how far it is.';
comment on column public.flux_inbox_configurations.backfill_status is
  'idle, pending, discovering, thread_sync, completed, failed, cancelled or paused; moved by '
  'nova.move_backfill, checked by a trigger.';
comment on column public.flux_inbox_configurations.backfill_progress is
  'For bars: threads_queued (all that were found), threads_completed, threads_failed, total_messages_synced, '
  'and the last checkpoint. Refreshed every few seconds; the rows of queued_threads decide.';
comment on column public.flux_inbox_configurations.discovery_done is
  'Every window was listed to its end, in the transaction of the last page.';
comment on column public.flux_inbox_configurations.discovery_token is
  'The newest token of the lease backfill:ID under which this was worked on. What an older one writes is refused.';
comment on column public.flux_inbox_configurations.gaps is
  'What of the range could not be had, an array of {kind, from, to, reason} and where it is one folder its '
  'id; empty: nothing. A completed backfill with gaps is complete but for them.';
comment on column public.flux_inbox_configurations.attempts is
  'Failed attempts at discovery since the last page; the third makes the backfill failed.';

create table if not exists public.backfill_windows (
  id bigint generated always as identity primary key,
  config_id uuid not null references public.flux_inbox_configurations on delete cascade,
  pass smallint not null default 0,
  window_start timestamptz not null,
  window_end timestamptz not null,
  cursor text not null default '',
  pages integer not null default 0,
  restarts integer not null default 0,
  threads_listed bigint not null default 0,
  token bigint not null default 0,
  node text not null default '',
  began_at timestamptz,
  listed_at timestamptz,
  gave_up text,
  updated_at timestamptz not null default now(),
  constraint backfill_windows_key unique (config_id, pass, window_start),
  constraint backfill_windows_range check (window_start < window_end)
) with (fillfactor = 70);
comment on table public.backfill_windows is
  'Time slices of a backfill, listed newest first, each with a cursor of its own: a dead cursor costs one slice.';
comment on column public.backfill_windows.pass is
  '0: a slice of the range; later ones list what is dated since the pass before began, until nothing can have '
  'come in between.';
comment on column public.backfill_windows.window_end is 'Exclusive; infinity: to the present.';
comment on column public.backfill_windows.token is
  'Of the claim under which it is listed; a later claim has a greater one. What names another changes nothing.';
comment on column public.backfill_windows.node is 'Who claimed it last.';
comment on column public.backfill_windows.began_at is 'When it was first claimed.';
comment on column public.backfill_windows.gave_up is
  'Why it was not listed to its end, which gaps of the configuration say too; null: it was, or is being listed.';
comment on column public.backfill_windows.cursor is 'Where the next page starts; empty: at the beginning.';
comment on column public.backfill_windows.listed_at is 'When its last page was recorded; null: not yet.';

create table if not exists public.queued_threads (
  config_id uuid not null references public.flux_inbox_configurations on delete cascade,
  thread_id text collate "C" not null,
  status text not null default 'queued'
    constraint queued_threads_status check (status in ('queued', 'processing', 'completed', 'failed')),
  attempts integer not null default 0,
  revisits smallint not null default 0,
  messages_synced integer not null default 0,
  latest_message_at timestamptz,
  next_attempt_at timestamptz not null default '-infinity',
  claim_token bigint,
  claim_epoch bigint,
  claim_node text,
  claimed_at timestamptz,
  processed_at timestamptz,
  created_at timestamptz not null default now(),
  error_message text,
  named text[],
  primary key (config_id, thread_id),
  constraint queued_threads_claim check ((status = 'processing') = (claim_token is not null))
) with (autovacuum_vacuum_scale_factor = 0.05, autovacuum_analyze_scale_factor = 0.05);
create index if not exists queued_threads_unfinished
  on public.queued_threads (config_id, status, latest_message_at desc nulls last)
  where status in ('queued', 'processing');
create index if not exists queued_threads_revisit on public.queued_threads (next_attempt_at) where status = 'failed';
comment on table public.queued_threads is
  'The threads of a backfill and what became of each; the rows decide when a backfill is complete.';
comment on column public.queued_threads.thread_id is 'The provider''s thread id.';
comment on column public.queued_threads.attempts is
  'Failures that are its own: a throttled, expired or unreachable mailbox is none. The fifth makes it failed.';
comment on column public.queued_threads.revisits is
  'How often it was asked again after it had failed: after a day and after a week.';
comment on column public.queued_threads.next_attempt_at is
  'When it may be claimed; of a failed one, when it is queued again.';
comment on column public.queued_threads.claim_token is
  'Of the claim that is under way, else null; a later one has a greater token. A completion or failure that '
  'names another changes nothing.';
comment on column public.queued_threads.named is
  'Messages that the provider named as the thread''s and that were not stored then: it is completed when each '
  'of them is, or is excused. Null: none.';
comment on column public.queued_threads.claim_epoch is 'The incarnation of claim_node.';

create table if not exists nova.excused_messages (
  config_id uuid not null references public.flux_inbox_configurations on delete cascade,
  nylas_message_id text collate "C" not null,
  nylas_thread_id text not null,
  reason text not null,
  excused_at timestamptz not null default now(),
  primary key (config_id, nylas_message_id)
);
comment on table nova.excused_messages is
  'Messages that the provider named in a list and does not have when it is asked for them, or that are none: '
  'their threads are complete without them.';

create table if not exists public.inbox_sync_stats (
  config_id uuid primary key references public.flux_inbox_configurations on delete cascade,
  inbox_id uuid not null references public.flux_inboxes on delete cascade,
  backfill_status text not null,
  threads_queued bigint,
  threads_processing bigint not null default 0,
  threads_completed bigint not null default 0,
  threads_failed bigint not null default 0,
  messages_synced bigint not null default 0,
  sync_started_at timestamptz,
  sync_completed_at timestamptz,
  updated_at timestamptz not null default now(),
  constraint inbox_sync_stats_positive check (threads_queued > 0)
) with (fillfactor = 50, autovacuum_vacuum_threshold = 500, autovacuum_vacuum_scale_factor = 0.1);
comment on table public.inbox_sync_stats is
  'Counts of the rows of queued_threads, kept by statement triggers; for progress bars.';
comment on column public.inbox_sync_stats.threads_queued is
  'All threads that were ever queued, whatever became of them. Null until there is one, so that a percentage '
  'can be divided by it.';

create table if not exists public.flux_webhook_notifications (
  id uuid primary key default gen_random_uuid(),
  notification_id text collate "C" not null unique,
  notification_type text not null,
  grant_id text not null default '',
  status text not null default 'pending'
    constraint flux_webhook_notifications_status check (status in ('pending', 'processed', 'ignored', 'error')),
  deliveries integer not null default 1,
  retries integer not null default 0,
  received_at timestamptz not null default now(),
  processed_at timestamptz,
  processing_duration_ms bigint,
  handled_by bigint,
  handled_attempt integer,
  error_message text,
  payload json not null
) with (fillfactor = 90);
create index if not exists flux_webhook_notifications_received on public.flux_webhook_notifications (received_at);
comment on table public.flux_webhook_notifications is
  'Audit log of what Nylas sent: written before it is answered, and what became of it.';
comment on column public.flux_webhook_notifications.notification_id is
  'Nylas'' id of the notification, the same on each delivery.';
comment on column public.flux_webhook_notifications.handled_by is
  'The epoch of the node that settled it (nova.cluster_nodes); null: a program that is none.';
comment on column public.flux_webhook_notifications.handled_attempt is 'At which attempt it was settled, from 1.';
comment on column public.flux_webhook_notifications.deliveries is 'How often it came; only the first has an effect.';
comment on column public.flux_webhook_notifications.retries is 'How often an operator sent it to the queue again.';
comment on column public.flux_webhook_notifications.payload is
  E'As it came. json, not jsonb: that refuses \\u0000, which email contains.';

create table if not exists public.sync_transitions (
  id bigint generated always as identity primary key,
  machine text not null constraint sync_transitions_machine check (machine in ('backfill', 'inbox')),
  subject_id uuid not null,
  from_status text not null,
  to_status text not null,
  moved_by text not null,
  why text not null default '',
  moved_at timestamptz not null default clock_timestamp()
);
create index if not exists sync_transitions_subject on public.sync_transitions (subject_id, moved_at);
comment on table public.sync_transitions is 'Who moved which backfill or inbox from where to where, and why.';
comment on column public.sync_transitions.subject_id is
  'A row of flux_inbox_configurations (backfill) or flux_inboxes (inbox); stays when that is gone.';

create or replace view public.support_inbox_configurations with (security_invoker = true) as
select c.id, c.inbox_id,
       case when c.backfill_status in ('pending', 'discovering', 'thread_sync') then 'in_progress'
            else c.backfill_status end as backfill_status,
       c.backfill_progress || jsonb_build_object(
         'threads_queued', coalesce(s.threads_queued, 0), 'threads_completed', coalesce(s.threads_completed, 0),
         'threads_failed', coalesce(s.threads_failed, 0), 'total_messages_synced', coalesce(s.messages_synced, 0))
         as backfill_progress,
       c.backfill_started_at, c.backfill_completed_at, c.created_at, c.updated_at
  from public.flux_inbox_configurations c left join public.inbox_sync_stats s on s.config_id = c.id;
comment on view public.support_inbox_configurations is
  'Backfills under the name and with the status that older queries use: a phase in between shows as in_progress.';

do $$
declare
  v_table text;
begin
  foreach v_table in array array['flux_inboxes', 'flux_email_folders', 'flux_email_threads', 'flux_email_messages',
      'flux_email_attachments', 'flux_email_rejects', 'flux_inbox_configurations', 'backfill_windows', 'queued_threads',
      'inbox_sync_stats', 'flux_webhook_notifications', 'sync_transitions', 'support_inbox_configurations'] loop
    if v_table <> 'support_inbox_configurations' then
      execute format('alter table public.%I enable row level security', v_table);
    end if;
    execute format('revoke all on public.%I from public', v_table);
    if to_regrole('anon') is not null then
      execute format('revoke all on public.%I from anon, authenticated', v_table);
    end if;
    if to_regrole('service_role') is not null then
      execute format('grant %s on public.%I to service_role',
        case v_table when 'support_inbox_configurations' then 'select' else 'select, insert, update, delete' end,
        v_table);
    end if;
  end loop;
end
$$;
select nova.mark_names();
