-- How long the oldest work that may be done now has waited: by queue, `parked_notifications` for
-- those that need an answer of the provider, and `threads` for those of backfills that run, of
-- which at most 1,000 a backfill are looked at.
-- Returns: queue text, age in seconds double precision (0: nothing waits)
select m.queue_name, case when m.visible_length > 0 then coalesce(m.oldest_age_sec, 0) else 0 end::double precision
  from nova_queue.metrics() m
union all
select 'parked_notifications', coalesce(extract(epoch from clock_timestamp() - min(p.due_at)), 0)::double precision
  from nova.parked_notifications p left join public.flux_inboxes i on i.grant_id = p.grant_id
 where p.due_at <= now() and i.status is distinct from 'auth_expired'
union all
select 'threads',
       coalesce(extract(epoch from clock_timestamp() - min(greatest(w.created_at, w.next_attempt_at))), 0)
         ::double precision
  from public.inbox_sync_stats s
  join public.flux_inboxes i on i.id = s.inbox_id and i.status = 'active'
 cross join lateral (select q.created_at, q.next_attempt_at from public.queued_threads q
                      where q.config_id = s.config_id and q.status = 'queued' and q.next_attempt_at <= now()
                      limit 1000) w
 where s.backfill_status in ('discovering', 'thread_sync')
