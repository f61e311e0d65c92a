-- The migrator's own table; it exists before the first migration and stays after the last one is undone.
do $$
begin
  -- Two sessions that create a schema at once can both pass "if not exists"; the lock is that of lock_migrations.
  perform pg_catalog.pg_advisory_xact_lock(7813247329);
  create schema if not exists nova;
  create table if not exists nova.schema_migrations (
    system text not null,
    name text not null,
    checksum text not null,
    applied_at timestamptz not null default now(),
    primary key (system, name)
  );
  comment on table nova.schema_migrations is 'Which migrations are applied. Written by nova migrate only.';
  comment on column nova.schema_migrations.checksum is 'SHA-256 of the up script, in hexadecimal.';
end
$$
