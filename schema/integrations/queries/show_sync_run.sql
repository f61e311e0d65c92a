-- $1 run. Returns at most one row: integration, stream, status, mode, triggered by text, retry, retries integer,
-- original text, read, inserted, updated, deleted, skipped, failed, total (-1: unknown), bytes, pages bigint,
-- started, ended bigint (seconds since 1970, 0: not yet), seconds double precision, class, error, worker,
-- watermark text, records of it that are refused now bigint
select i.name, c.stream, h.status, coalesce(h.sync_mode, c.sync_mode), h.triggered_by, h.retry_count, h.max_retries,
       coalesce(h.original_sync_id::text, ''), h.records_read, h.records_inserted, h.records_updated, h.records_deleted,
       h.records_skipped, h.records_failed, coalesce(h.records_total, -1), h.bytes, h.pages,
       coalesce(extract(epoch from h.started_at)::bigint, 0), coalesce(extract(epoch from h.finished_at)::bigint, 0),
       coalesce(extract(epoch from coalesce(h.finished_at, clock_timestamp()) - h.started_at), 0)::double precision,
       coalesce(h.error_class, ''), coalesce(h.error_message, ''), coalesce(h.claimed_by, ''),
       coalesce(c.watermark_value, ''),
       (select count(*) from public.integration_rejected_records r where r.sync_history_id = h.id)
  from public.integration_sync_history h
  join public.integration_sync_configs c on c.id = h.sync_config_id
  join public.integration_configs i on i.id = c.integration_id
 where h.id = $1::uuid
