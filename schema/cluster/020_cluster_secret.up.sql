-- What nodes prove to each other that they know before they talk, where NOVA_CLUSTER_SECRET is not set: whoever may read this may
-- do the nodes' work in the database anyway.
create table if not exists nova.cluster_secret (
  id integer primary key default 1 check (id = 1),
  secret text not null check (length(secret) >= 32),
  made_at timestamptz not null default clock_timestamp()
);
comment on table nova.cluster_secret is 'One row: the secret that nodes authenticate links to each other with. Readable by the workers'' role alone.';
comment on column nova.cluster_secret.secret is 'At random. Change it while no node runs, or links between old and new nodes are refused until all are restarted.';
alter table nova.cluster_secret enable row level security;
revoke all on nova.cluster_secret from public, anon, authenticated;
grant select on nova.cluster_secret to service_role;
-- Two random UUIDs: 244 bits.
insert into nova.cluster_secret (secret) values (replace(gen_random_uuid()::text || gen_random_uuid(), '-', '')) on conflict do nothing;
