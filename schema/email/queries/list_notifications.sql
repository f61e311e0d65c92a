-- The newest first. $1 status, or NULL for all; $2 limit.
-- Returns: id, type, grant id, status, error (text), received at in seconds, milliseconds or 0
-- (bigint), deliveries, retries (integer)
select n.notification_id, n.notification_type, n.grant_id, n.status, coalesce(n.error_message, ''),
       extract(epoch from n.received_at)::bigint, coalesce(n.processing_duration_ms, 0), n.deliveries, n.retries
  from public.flux_webhook_notifications n
 where $1::text is null or n.status = $1::text
 order by n.received_at desc limit $2::bigint
