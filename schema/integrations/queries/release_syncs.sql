-- $1 text[] runs, $2 bigint[] tokens. Returns: how many of the claims were still good, integer
select nova.release_syncs($1::text[]::uuid[], $2::bigint[])
