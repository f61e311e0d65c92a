-- What an inbox holds. $1 inbox id.
-- Returns: messages bigint, threads bigint, threads whose aggregates are not their messages' bigint
select (select count(*) from public.flux_email_messages where inbox_id = $1::uuid and deleted_at is null),
       (select count(*) from public.flux_email_threads where inbox_id = $1::uuid and message_count > 0),
       (select count(*)
          from public.flux_email_threads t
          left join (select nylas_thread_id, count(*) as messages, max(message_date) as latest,
                            min(message_date) as earliest, bool_or(unread) as unread, bool_or(starred) as starred
                       from public.flux_email_messages
                      where inbox_id = $1::uuid and deleted_at is null
                      group by nylas_thread_id) m using (nylas_thread_id)
         where t.inbox_id = $1::uuid
           and (t.message_count, t.latest_message_at, t.earliest_message_at, t.unread, t.starred)
               is distinct from
               (coalesce(m.messages, 0)::integer, m.latest, m.earliest, coalesce(m.unread, false),
                coalesce(m.starred, false)))
