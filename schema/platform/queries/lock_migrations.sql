-- Until the end of the transaction no other process migrates this database. Returns: void
select pg_catalog.pg_advisory_xact_lock(7813247329)::text
