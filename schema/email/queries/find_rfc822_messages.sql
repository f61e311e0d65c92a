-- Messages by the header Message-ID, deleted ones too; of IMAP it is the id. $1 an inbox's id, grant id or address
-- text, or null for every one; $2 the Message-ID without its brackets text; $3 at most bigint.
-- Returns: id text, distinct
select distinct m.nylas_message_id as id
  from public.flux_email_messages m
  join public.flux_inboxes i on i.id = m.inbox_id
 where (m.rfc822_message_id = $2::text or m.nylas_message_id in ($2::text, '<' || $2::text || '>'))
   and ($1::text is null or i.id::text = lower($1::text) or i.grant_id = $1::text or lower(i.email) = lower($1::text))
 order by id limit $3::bigint
