-- Of these messages those that are stored and not deleted. $1 inbox id, $2 text[] ids. Returns: id text
select m.nylas_message_id
  from public.flux_email_messages m
 where m.inbox_id = $1::uuid and m.nylas_message_id = any ($2::text[]) and m.deleted_at is null
