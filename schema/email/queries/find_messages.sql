-- Messages by what people know of them. $1 an inbox's id, grant id or address text, or null for every one; $2 a part of
-- the subject text; dated in [$3, $4) seconds since 1970 bigint; $5 at most bigint. Returns: id text, distinct
with inboxes as (
  select i.id from public.flux_inboxes i
   where $1::text is null or i.id::text = lower($1::text) or i.grant_id = $1::text or lower(i.email) = lower($1::text)
), near as (
  -- No index of messages has their date, but one of threads has that of their latest.
  select m.nylas_message_id as id, m.subject, m.message_date as date
    from inboxes i
    join public.flux_email_threads t on t.inbox_id = i.id and t.latest_message_at >= to_timestamp($3::bigint)
     and t.earliest_message_at < to_timestamp($4::bigint)
    join public.flux_email_messages m on m.nylas_thread_id = t.nylas_thread_id and m.inbox_id = t.inbox_id
  union all
  select m.nylas_message_id, m.subject, m.message_date
    from inboxes i join public.flux_email_messages m on m.nylas_thread_id is null and m.inbox_id = i.id
  union all
  -- Threads have nothing of what is deleted.
  select m.nylas_message_id, m.subject, m.message_date
    from inboxes i
    join nova.mail_journal j on j.inbox_id = i.id and j.event = 'deleted'
    join public.flux_email_messages m on m.nylas_message_id = j.nylas_message_id and m.inbox_id = j.inbox_id
)
select distinct n.id from near n
 where n.date >= to_timestamp($3::bigint) and n.date < to_timestamp($4::bigint)
   and position(lower($2::text) in lower(n.subject)) > 0
 order by n.id limit $5::bigint
