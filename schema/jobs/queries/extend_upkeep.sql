-- $1 text[] names, $2 bigint[] tokens, $3 lease in milliseconds. Returns in their order: extended or stale (text)
select e.outcome from nova.extend_upkeep($1, $2, $3::bigint * interval '1 millisecond') e
