-- What a comparison noted so far. $1 the comparison.
-- Returns: messages that could be read bigint, threads of those that are stored bigint
select count(*), count(distinct m.nylas_thread_id)
  from nova.mail_comparisons c
  join nova.mail_listed l on l.comparison_id = c.id and l.rejected is null
  left join public.flux_email_messages m
    on m.inbox_id = c.inbox_id and m.nylas_message_id = l.nylas_message_id and m.deleted_at is null
 where c.id = $1::bigint
