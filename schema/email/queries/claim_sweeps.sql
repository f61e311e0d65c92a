-- Inboxes whose sweep is due, taken for ten minutes. $1 seconds between sweeps, $2 limit.
-- Returns: inbox id, grant id (text), list from in seconds bigint
with due as (
  select i.id from flux_inboxes i
   where i.status = 'active'
     and not exists (select from nova.provider_outages o where o.scope = 'grant' and o.subject = i.grant_id)
     and (i.sweep_claimed_until is null or i.sweep_claimed_until < now())
     and (i.last_swept_at is null or i.last_swept_at <= now() - $1::bigint * interval '1 second')
   order by i.last_swept_at nulls first, i.id limit $2::bigint for no key update skip locked)
update flux_inboxes i set sweep_claimed_until = now() + interval '10 minutes'
  from due where i.id = due.id
returning i.id::text, i.grant_id,
  -- A day back covers what arrives late; after an outage, everything since the last look; never more than a year.
  extract(epoch from greatest(now() - interval '1 year',
                              least(now() - interval '1 day', coalesce(i.last_verified_at, i.created_at))))::bigint
