-- Writes the retry of a failed run, or finds the one that is written. $1 run. Returns: id text, retry count integer, retry at in seconds bigint
select h.id::text, h.retry_count, extract(epoch from h.retry_at)::bigint
  from public.schedule_sync_retry($1::uuid) as retry (id) join public.integration_sync_history h on h.id = retry.id
