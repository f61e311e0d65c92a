-- Connected inboxes and how their provider treats them.
-- $1 only this grant, inbox id or address text, or empty; $2 at most bigint.
-- Returns: rows as a JSON array text
select coalesce(jsonb_agg(to_jsonb(r)), '[]')::text
  from (select i.grant_id as "grant", i.email, i.provider, i.status, i.status_reason as reason,
               i.status_changed_at as since, i.last_verified_at as verified_at,
               coalesce(l.lease_holder, '') as home,
               (select count(*) from public.flux_inbox_configurations c
                 where c.inbox_id = i.id
                   and c.backfill_status in ('pending', 'discovering', 'thread_sync')) as backfills
          from public.flux_inboxes i
          left join lateral (select n.name as lease_holder
                               from nova.cluster_leases c
                               join nova.cluster_nodes n on n.id = c.holder
                              where c.name = 'grant:' || i.grant_id) l on true
         where i.status <> 'removed' and ($1::text = '' or $1::text in (i.grant_id, i.email, i.id::text))
         order by i.status = 'active', i.email limit $2::bigint) r
