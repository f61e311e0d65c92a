-- Inboxes whose sweep is due, taken for ten minutes. $1 seconds between sweeps, $2 limit, $3 text[] ids of inboxes that
-- the asker sweeps already. One that was begun less than six hours ago goes on where it was.
-- Returns: inbox id, grant id (text), list from in seconds bigint, token bigint, cursor text, provider
-- text
with due as (
  select i.id, i.sweep_cursor <> '' and i.sweep_began_at > now() - interval '6 hours' as begun
    from public.flux_inboxes i
   where i.status = 'active'
     and not exists (select from nova.provider_outages o where o.scope = 'grant' and o.subject = i.grant_id)
     and (i.sweep_claimed_until is null or i.sweep_claimed_until < now())
     and (i.last_swept_at is null or i.last_swept_at <= now() - $1::bigint * interval '1 second')
     and i.id <> all ($3::text[]::uuid[])
   order by i.last_swept_at nulls first, i.id limit $2::bigint for no key update skip locked)
update public.flux_inboxes i
   set sweep_claimed_until = now() + interval '10 minutes', sweep_token = i.sweep_token + 1,
       sweep_cursor = case when due.begun then i.sweep_cursor else '' end,
       sweep_began_at = case when due.begun then i.sweep_began_at else clock_timestamp() end,
       -- A day back covers what arrives late; after an outage, everything since the last look; never more than a year.
       sweep_from = case when due.begun then i.sweep_from
                         else greatest(now() - interval '1 year',
                                       least(now() - interval '1 day', coalesce(i.swept_until, i.created_at))) end
  from due where i.id = due.id
returning i.id::text, i.grant_id, extract(epoch from i.sweep_from)::bigint, i.sweep_token, i.sweep_cursor, i.provider
