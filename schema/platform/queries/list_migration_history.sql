-- Returns: system text, name text, checksum text, applied_at text, oldest first
select system, name, checksum, to_char(applied_at at time zone 'utc', 'YYYY-MM-DD"T"HH24:MI:SS"Z"')
  from nova.schema_migrations
 order by applied_at, system, name
