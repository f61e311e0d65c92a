-- The newest first. $1 sync configuration, or NULL for all; $2 status, or NULL for all; $3 limit.
-- Returns: id, integration, stream, status, triggered by, error (text), retry count, max retries
-- (integer), records written, records failed (bigint), started at, finished at in seconds or 0
-- (bigint), mode text, read, inserted, updated, deleted, skipped, bytes bigint, class of the error text
select h.id::text, i.name, c.stream, h.status, h.triggered_by, coalesce(h.error_message, ''), h.retry_count,
       h.max_retries, h.records_written, h.records_failed, coalesce(extract(epoch from h.started_at)::bigint, 0),
       coalesce(extract(epoch from h.finished_at)::bigint, 0), coalesce(h.sync_mode, c.sync_mode), h.records_read,
       h.records_inserted, h.records_updated, h.records_deleted, h.records_skipped, h.bytes, coalesce(h.error_class, '')
  from public.integration_sync_history h
  join public.integration_sync_configs c on c.id = h.sync_config_id
  join public.integration_configs i on i.id = c.integration_id
 where ($1::uuid is null or h.sync_config_id = $1::uuid) and ($2::text is null or h.status = $2::text)
 order by h.created_at desc, h.id limit $3::bigint
