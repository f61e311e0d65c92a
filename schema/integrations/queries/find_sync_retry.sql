-- A statement of its own: the one that writes a retry does not see it yet. $1 run.
-- Returns: retry count integer, retry at in seconds bigint
select h.retry_count, extract(epoch from h.retry_at)::bigint
  from public.integration_sync_history h
 where h.id = $1::uuid
