-- Connected inboxes, how their providers treat them, and at which pace the mailboxes are called whose backfills run:
-- home is the node that paces the calls of all nodes.
-- $1 only this grant, inbox id or address text, or empty; $2 at most bigint.
-- Returns: rows as a JSON array text
select coalesce(jsonb_agg(to_jsonb(r)), '[]')::text
  from (select i.grant_id as "grant", i.email, i.provider, i.status, i.status_reason as reason,
               i.status_changed_at as since, i.last_verified_at as verified_at, coalesce(p.node, '') as home, p.binds,
               p.waiting, p.waiting_remote as remote, round(extract(epoch from p.oldest_wait)::numeric, 1) as oldest_s,
               p.running, p.places, round(p.units_left::numeric) as units_left,
               round(p.units_allowed::numeric) as units_allowed, round(p.units_a_second::numeric, 1) as units_a_second,
               round(p.calls_a_second::numeric, 1) as calls_a_second, p.throttled_until,
               (select count(*) from public.flux_inbox_configurations c
                 where c.inbox_id = i.id
                   and c.backfill_status in ('pending', 'discovering', 'thread_sync')) as backfills
          from public.flux_inboxes i
          left join nova.grant_paces p on p.grant_id = i.grant_id
           and p.noted_at > clock_timestamp() - interval '1 minute'
         where i.status <> 'removed' and ($1::text = '' or $1::text in (i.grant_id, i.email, i.id::text))
         order by i.status = 'active', i.email limit $2::bigint) r
