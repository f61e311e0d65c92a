-- What notifications said, for their handlers.
-- $1 text[] ids as Nylas gave them. Returns: id text, payload text, received at in microseconds since 1970 bigint
select notification_id, payload::text, (extract(epoch from received_at) * 1000000)::bigint
  from public.flux_webhook_notifications
 where notification_id = any($1::text[])
