-- $1 text[] ids. Returns: id text, payload text, received at in microseconds since 1970 bigint
select n.notification_id, n.payload::text, (extract(epoch from n.received_at) * 1000000)::bigint
  from public.flux_webhook_notifications n
 where n.notification_id = any ($1::text[])
