-- $1 at most of one grant, $2 among so many. Returns: moved out of the queue bigint. None while an
-- operator has the queue paused.
select coalesce((select nova.park_floods($1::bigint::integer, $2::bigint::integer)
  where not exists (select from nova.settings p
                     where p.key = 'paused.queue.nylas_webhook_notifications' and p.value = 'true'
                       and coalesce(p.revert_at > clock_timestamp(), true))), 0)
