-- Of the database of a source. Returns: its clock, since when the oldest other transaction in it is open (NULL:
-- none is), whether all of them can be seen boolean; times as text of ISO 8601
select to_char(clock_timestamp() at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'),
       (select to_char(min(a.xact_start) at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')
          from pg_catalog.pg_stat_activity a
         where a.pid <> pg_backend_pid() and a.datname = current_database() and a.xact_start is not null
           -- These write nothing that has a key.
           and coalesce(a.backend_type, '') not in ('autovacuum worker', 'walsender', 'parallel worker')),
       not pg_is_in_recovery() and pg_has_role('pg_read_all_stats', 'usage')
       and not exists (select from pg_catalog.pg_prepared_xacts p where p.database = current_database())
