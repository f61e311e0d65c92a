-- Where a mail is: the message, its thread's work, and the notifications that named it.
-- $1 id of a message or a thread text; $2 at most bigint. Returns: rows as a JSON array text
select coalesce(jsonb_agg(to_jsonb(r)), '[]')::text
  from (select * from (
          select 1 as n, 'stored' as step, m.nylas_message_id as id, m.updated_at as at,
                 case when m.deleted_at is not null then 'deleted by the provider'
                                                          || coalesce('; read again at ' || m.refetch_at, '')
                      when m.provisional then 'known from a notification only: a fetch will confirm it'
                      when m.refetch_at is not null then 'stored; read again at ' || m.refetch_at
                      else 'stored, ' || m.origin end as text
            from public.flux_email_messages m where m.nylas_message_id = $1::text or m.nylas_thread_id = $1::text
          union all
          select 2, 'thread', q.thread_id, coalesce(q.processed_at, q.claimed_at, q.created_at),
                 'in backfill ' || q.config_id || ': ' || q.status || coalesce(' on ' || q.claim_node, '') || ', '
                   || q.attempts || ' failures' || coalesce(', ' || left(q.error_message, 200), '')
            from public.queued_threads q
           where q.thread_id = $1::text
              or q.thread_id in (select m.nylas_thread_id from public.flux_email_messages m
                                  where m.nylas_message_id = $1::text)
          union all
          select 3, 'notification', n.notification_id, coalesce(n.processed_at, n.received_at),
                 n.notification_type || ': ' || n.status || coalesce(', ' || left(n.error_message, 200), '')
            from public.flux_webhook_notifications n
           where n.notification_id = $1::text
              or n.received_at > clock_timestamp() - interval '2 days'
                 and $1::text in (n.payload #>> '{data,object,id}', n.payload #>> '{data,object,thread_id}')) e
         order by e.n, e.at desc limit $2::bigint) r
