-- The newest first. $1 delivery status, or NULL for all; $2 limit.
-- Returns: id, integration, stream, type, channel, recipient, delivery status, error (text),
-- attempts integer, created at, sent at in seconds or 0 (bigint)
select a.id::text, i.name, coalesce(c.stream, ''), a.alert_type, a.channel, a.recipient, a.delivery_status,
       coalesce(a.error_message, ''), a.attempts, extract(epoch from a.created_at)::bigint,
       coalesce(extract(epoch from a.sent_at)::bigint, 0)
  from public.integration_alert_history a
  join public.integration_configs i on i.id = a.integration_id
  left join public.integration_sync_configs c on c.id = a.sync_config_id
 where $1::text is null or a.delivery_status = $1::text
 order by a.created_at desc, a.id limit $2::bigint
