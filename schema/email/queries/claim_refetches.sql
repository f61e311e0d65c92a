-- Takes messages that are due to be read again and hides them for a minute. $1 limit.
-- Returns: inbox id text, grant id text, message id text, 404s so far integer, provider
-- text
with due as (
  select m.inbox_id, m.nylas_message_id, i.grant_id, i.provider, clock_timestamp() as claimed_at
    from public.flux_email_messages m join public.flux_inboxes i on i.id = m.inbox_id and i.status = 'active'
   where m.refetch_at <= now()
     and not exists (select from nova.provider_outages o where o.scope = 'grant' and o.subject = i.grant_id)
   order by m.refetch_at limit $1::bigint for no key update of m skip locked)
update public.flux_email_messages m
   set refetch_at = due.claimed_at + nova.refetch_claim(), refetch_claimed_at = due.claimed_at
  from due
 where m.inbox_id = due.inbox_id and m.nylas_message_id = due.nylas_message_id
returning m.inbox_id::text, due.grant_id, m.nylas_message_id, m.not_found, due.provider
