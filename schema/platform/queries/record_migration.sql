-- $1 text system, $2 text name, $3 text checksum
insert into nova.schema_migrations (system, name, checksum, applied_at)
values ($1::text, $2::text, $3::text, pg_catalog.clock_timestamp())
