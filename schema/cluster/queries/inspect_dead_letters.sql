-- Work that was given up: notifications in error, failed threads, messages of queues, what of the
-- provider's cannot be read.
-- $1 only this kind text (notification, thread, message or unreadable), or empty; $2 at most bigint.
-- Returns: rows as a JSON array text
select coalesce(jsonb_agg(to_jsonb(r)), '[]')::text
  from (select * from (
          select 'notification' as kind, n.notification_id as id, n.notification_type as about,
                 coalesce(n.processed_at, n.received_at) as at, n.retries as attempts,
                 left(coalesce(n.error_message, ''), 300) as reason, null::uuid as config
            from public.flux_webhook_notifications n where n.status = 'error'
          union all
          select 'thread', q.thread_id, i.email, q.processed_at, q.attempts, left(coalesce(q.error_message, ''), 300),
                 q.config_id
            from public.queued_threads q
            join public.flux_inbox_configurations c on c.id = q.config_id
            join public.flux_inboxes i on i.id = c.inbox_id
           where q.status = 'failed'
          union all
          select 'message', m.queue_name || ':' || m.msg_id, left(m.message::text, 300), m.archived_at, m.read_ct,
                 left(m.reason, 300), null
            from nova_queue.given_up() m
          union all
          select 'unreadable', left(j.provider_id, 300), j.kind || ' of ' || i.email, j.last_seen_at, j.times_seen,
                 left(j.reason, 300), null
            from public.flux_email_rejects j join public.flux_inboxes i on i.id = j.inbox_id) d
         where $1::text in ('', d.kind)
         order by d.at desc nulls last limit $2::bigint) r
