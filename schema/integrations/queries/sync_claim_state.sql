-- $1 run, $2 token. Returns: good, cancelled or stale
select nova.sync_claim($1::uuid, $2::bigint)
