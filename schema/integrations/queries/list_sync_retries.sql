-- Retries that wait, the longest due first. $1 whether only what is due; $2 limit.
-- Returns: id, original, integration, stream (text), retry count, max retries (integer), retry at
-- in seconds (bigint), due (boolean)
select h.id::text, h.original_sync_id::text, i.name, c.stream, h.retry_count, h.max_retries,
       extract(epoch from h.retry_at)::bigint, p.id is not null
  from public.integration_sync_history h
  join public.integration_sync_configs c on c.id = h.sync_config_id
  join public.integration_configs i on i.id = c.integration_id
  left join public.pending_sync_retries p on p.id = h.id
 where h.status = 'pending' and h.is_retry and (not $1::boolean or p.id is not null)
 order by h.retry_at, h.id limit $2::bigint
