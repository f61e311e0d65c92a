-- Who is in the cluster and who may do what there is once. PostgreSQL is the arbiter: every
-- decision is one statement on these tables, by the clock of the database; what nodes tell each
-- other is a hint.
create table if not exists nova.cluster_state (
  id integer primary key default 1 check (id = 1),
  version bigint not null default 0,
  protocol_floor integer not null default 1,
  settings_revision bigint not null default 0
);
comment on table nova.cluster_state is 'One row: what is counted for the cluster as a whole.';
comment on column nova.cluster_state.version is 'Grows with each change of membership; heartbeats do not touch it.';
comment on column nova.cluster_state.protocol_floor is 'Nodes that speak only older protocols may not join.';
comment on column nova.cluster_state.settings_revision is 'Grows with each change in settings.';
insert into nova.cluster_state (id) values (1) on conflict do nothing;

create table if not exists nova.cluster_nodes (
  id bigint generated always as identity primary key,
  name text not null check (name <> ''),
  epoch bigint not null,
  roles text[] not null default '{}',
  address text not null default '',
  version text not null default '',
  protocol integer not null default 1,
  protocol_min integer not null default 1,
  capacity integer not null default 0,
  load jsonb not null default '{}',
  machine text not null default '',
  state text not null default 'joining' check (state in ('joining', 'up', 'degraded', 'draining', 'left', 'dead')),
  started_at timestamptz not null default clock_timestamp(),
  heartbeat_at timestamptz not null default clock_timestamp(),
  lease_until timestamptz not null,
  steady_since timestamptz not null default clock_timestamp(),
  ended_at timestamptz,
  dead_by bigint,
  dead_reason text,
  left_behind boolean not null default false,
  drained_at timestamptz,
  drained_until timestamptz,
  drained_by text,
  drain_reason text,
  check ((state in ('left', 'dead')) = (ended_at is not null))
) with (fillfactor = 50);
comment on table nova.cluster_nodes is
  'One row for each start of a node: an incarnation. Never reused, and dead is final: a process that was '
  'declared dead comes back as a new row.';
comment on column nova.cluster_nodes.id is 'The incarnation.';
comment on column nova.cluster_nodes.name is 'What people call the node; the same after a restart.';
comment on column nova.cluster_nodes.epoch is
  'Fencing number of the incarnation, greater than that of every earlier one; also after a failover to a '
  'standby that missed the last commits.';
comment on column nova.cluster_nodes.address is 'Where peers reach it, host:port or a socket path; empty: alone.';
comment on column nova.cluster_nodes.protocol is 'The newest protocol that it speaks; protocol_min is the oldest.';
comment on column nova.cluster_nodes.capacity is 'How many threads it works on at once.';
comment on column nova.cluster_nodes.load is 'What it said last about its load.';
comment on column nova.cluster_nodes.machine is
  'The boot of the kernel and the network namespace that it runs in: nodes with the same reach each other''s '
  'loopback addresses. Empty: not told.';
comment on column nova.cluster_nodes.lease_until is 'Until then it is alive for sure; renewed by each heartbeat.';
comment on column nova.cluster_nodes.steady_since is
  'Since then no heartbeat came late. Who was not steady for a whole lease may not judge others: after an '
  'outage of the database every lease looks expired.';
comment on column nova.cluster_nodes.dead_by is 'The incarnation that declared it dead.';
comment on column nova.cluster_nodes.left_behind is
  'What it had in hand when it ended could not be given back, because somebody had a table locked; '
  'nova.expire_nodes tries again.';
comment on column nova.cluster_nodes.drained_at is
  'Since then it takes no new work, because an operator said so; ends with the incarnation. drained_by, '
  'drain_reason: who and why.';
comment on column nova.cluster_nodes.drained_until is 'When it takes work again; null: when an operator says so.';
-- Few rows are alive, and a heartbeat changes no indexed column, so that it is a HOT update.
create index if not exists cluster_nodes_alive_idx on nova.cluster_nodes (name) where ended_at is null;
create index if not exists cluster_nodes_left_behind_idx on nova.cluster_nodes (id) where left_behind;

create table if not exists nova.cluster_suspicions (
  target bigint not null references nova.cluster_nodes (id) on delete cascade,
  voter bigint not null references nova.cluster_nodes (id) on delete cascade,
  at timestamptz not null default clock_timestamp(),
  refused boolean not null default false,
  reason text not null,
  primary key (target, voter)
);
comment on table nova.cluster_suspicions is 'Votes that a node is gone. They count for ten seconds.';
comment on column nova.cluster_suspicions.refused is
  'Its address refused the connection: the process is gone, the machine is there.';

create table if not exists nova.cluster_leases (
  name text primary key,
  holder bigint references nova.cluster_nodes (id),
  token bigint not null default 0,
  acquired_at timestamptz,
  expires_at timestamptz,
  not_before timestamptz,
  check ((holder is null) = (expires_at is null))
) with (fillfactor = 50);
comment on table nova.cluster_leases is
  'What only one node may do at a time: a backfill, and every singleton. Rows stay, so that tokens never start again.';
comment on column nova.cluster_leases.token is
  'Fencing token; grows each time another incarnation takes the lease. Every effect under the lease names it.';
comment on column nova.cluster_leases.not_before is
  'A new holder does nothing that cannot be fenced before this time: until then the old one may still believe '
  'that it holds the lease.';

create table if not exists nova.actor_failures (
  id bigint generated always as identity primary key,
  at timestamptz not null default clock_timestamp(),
  node_id bigint,
  node_name text not null default '',
  version text not null default '',
  kind text not null,
  key text not null default '',
  reason text not null,
  fingerprint text not null,
  message_type text not null default '',
  doing text not null default '',
  restart_number integer not null default 0
);
comment on table nova.actor_failures is
  'Every abnormal end of an actor. Kept for the days that the setting actor_failures_keep_days says.';
comment on column nova.actor_failures.kind is 'thread_sync, mail_store, and so on; key says which of that kind.';
comment on column nova.actor_failures.fingerprint is
  'The same for failures of the same cause: kind and reason without numbers and ids.';
comment on column nova.actor_failures.doing is 'What it was working on, in words.';
comment on column nova.actor_failures.restart_number is 'How often its supervisor had restarted it before.';
create index if not exists actor_failures_at_idx on nova.actor_failures (at);

create table if not exists nova.settings (
  key text primary key,
  value jsonb not null,
  revision bigint not null,
  changed_at timestamptz not null default clock_timestamp(),
  changed_by text not null default '',
  reason text not null default '',
  revert_at timestamptz,
  revert_to jsonb
);
comment on table nova.settings is
  'Settings that change while nodes run. What is not here has the value that the node was started with.';
comment on column nova.settings.revert_at is
  'When the value goes back to revert_to (null: to the start value); null: it stays.';

create table if not exists nova.operator_actions (
  id bigint generated always as identity primary key,
  at timestamptz not null default clock_timestamp(),
  who text not null,
  role text not null,
  via text not null,
  action text not null,
  target text not null default '',
  arguments jsonb not null default '{}',
  reason text not null default '',
  outcome text not null,
  node_id bigint
);
comment on table nova.operator_actions is
  'Who did what to the cluster, through shell, dashboard or command line. Also what was refused. Rows are only added.';
comment on column nova.operator_actions.role is 'view, operate or admin.';
comment on column nova.operator_actions.outcome is 'done, refused or failed, with the reason.';
create index if not exists operator_actions_at_idx on nova.operator_actions (at);

-- What nodes prove to each other that they know before they talk, where NOVA_CLUSTER_SECRET is not
-- set: whoever may read this may do the nodes' work in the database anyway.
create table if not exists nova.cluster_secret (
  id integer primary key default 1 check (id = 1),
  secret text not null check (length(secret) >= 32),
  made_at timestamptz not null default clock_timestamp()
);
comment on table nova.cluster_secret is
  'One row: the secret that nodes authenticate links to each other with. Readable by the workers'' role alone.';
comment on column nova.cluster_secret.secret is
  'At random. Change it while no node runs, or links between old and new nodes are refused until all are restarted.';
-- Two random UUIDs: 244 bits.
insert into nova.cluster_secret (secret)
values (replace(gen_random_uuid()::text || gen_random_uuid(), '-', ''))
    on conflict do nothing;

-- A browser has no business here; row-level security without a policy also holds where a default grants everything.
do $$
declare
  which text;
begin
  foreach which in array array['cluster_state', 'cluster_nodes', 'cluster_suspicions', 'cluster_leases',
      'cluster_secret', 'actor_failures', 'settings', 'operator_actions'] loop
    execute format('alter table nova.%I enable row level security', which);
    execute format('revoke all on nova.%I from %s', which, nova.browsers());
  end loop;
end
$$;
select nova.grant_rights('service_role', 'select, insert, update, delete', 'nova.cluster_state', 'nova.cluster_nodes',
                         'nova.cluster_suspicions', 'nova.cluster_leases', 'nova.actor_failures', 'nova.settings'),
       nova.grant_rights('service_role', 'select', 'nova.cluster_secret'),
       nova.grant_rights('service_role', 'select, insert', 'nova.operator_actions');
