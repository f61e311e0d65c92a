-- $1 configuration, $2 worker, $3 lease in seconds, $4 who asked, $5 max retries.
-- Returns: id text, token bigint
select s.id::text, s.claim_token
  from nova.start_sync($1::uuid, $2::text, make_interval(secs => $3::bigint), $4::text, $5::integer) s
