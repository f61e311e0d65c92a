-- Notifications that came to Nova and not from the Node service. $1 after text, $2 at most bigint. Returns in the order
-- of their ids: id, type, grant id, payload, received at, all text
select n.notification_id, n.notification_type, n.grant_id, n.payload::text,
       to_char(n.received_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')
  from public.flux_webhook_notifications n
 where n.notification_id > $1::text collate "C"
   and not exists (select from nova.taken_messages t where t.subject = n.notification_id and t.became = 'notification')
 order by n.notification_id limit $2::bigint
