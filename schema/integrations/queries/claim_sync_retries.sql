-- $1 worker, $2 at most so many, $3 lease in seconds. Returns: id text, token bigint,
-- configuration, original (text), retry count integer
select s.id::text, s.claim_token, s.sync_config_id::text, s.original_sync_id::text, s.retry_count
  from nova.claim_sync_retries($1::text, $2::integer, make_interval(secs => $3::bigint)) s
