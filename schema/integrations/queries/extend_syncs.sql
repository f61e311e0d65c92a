-- $1 text[] runs, $2 bigint[] tokens, $3 lease in seconds. Returns in their order: accepted, stale or gone
select e.outcome from nova.extend_syncs($1::text[]::uuid[], $2::bigint[], make_interval(secs => $3::bigint)) e
