-- $1 worker, $2 at most so many, $3 lease in seconds. Returns: run text, token bigint, name text, retry count integer
select s.id::text, s.claim_token, s.name, s.retry_count
  from nova.claim_syncs($1::text, $2::integer, make_interval(secs => $3::bigint)) s
