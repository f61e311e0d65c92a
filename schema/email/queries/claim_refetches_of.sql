-- Takes messages to be read again now and hides them from others for a minute. Those that wait for
-- their second 404 are taken when it is due. $1 inbox id, $2 text[] ids. Returns: inbox id text,
-- grant id text, message id text, 404s so far integer, provider text
with due as (
  select m.inbox_id, m.nylas_message_id, i.grant_id, i.provider, clock_timestamp() as claimed_at
    from public.flux_email_messages m join public.flux_inboxes i on i.id = m.inbox_id
   where m.inbox_id = $1::uuid and m.nylas_message_id = any ($2::text[]) and m.deleted_at is null
     and (m.not_found = 0 or m.not_found_at <= now() - nova.not_found_delay_short())
   order by m.nylas_message_id for no key update of m)
update public.flux_email_messages m
   set refetch_at = due.claimed_at + nova.refetch_claim(), refetch_claimed_at = due.claimed_at
  from due
 where m.inbox_id = due.inbox_id and m.nylas_message_id = due.nylas_message_id
returning m.inbox_id::text, due.grant_id, m.nylas_message_id, m.not_found, due.provider
