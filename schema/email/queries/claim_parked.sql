-- Takes parked notifications for ten minutes, fairly among grants. $1 limit, $2 at most of one
-- grant, $3 text[] grants of which the caller has some in hand, $4 integer[] how many,
-- $5 epoch of the node or 0.
-- None while an operator has the notifications' queue paused.
-- Returns: notification id text, grant id text, failures so far integer, payload text, received at
-- in microseconds since 1970 bigint
select c.notification_id, c.grant_id, c.tries, c.payload, (extract(epoch from c.received_at) * 1000000)::bigint
  from nova.claim_parked($1::bigint::integer, $2::bigint::integer, $3::text[], $4::integer[], $5::bigint) c
 where not exists (select from nova.settings p
                    where p.key = 'paused.queue.nylas_webhook_notifications' and p.value = 'true'
                      and coalesce(p.revert_at > clock_timestamp(), true))
