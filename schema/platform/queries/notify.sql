-- $1 text channel, $2 text payload. Returns: void
select pg_catalog.pg_notify($1, $2)::text
