-- $1 text[] names, $2 bigint[] tokens. Returns in their order: released or stale (text)
select r.outcome from nova.release_upkeep($1, $2) r
