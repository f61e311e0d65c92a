-- $1 text[] ids. Returns: id text, payload text
select n.notification_id, n.payload::text from flux_webhook_notifications n where n.notification_id = any ($1::text[])
