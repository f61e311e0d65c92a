-- $1 an id, a grant id or an address, or NULL for all; of an address those in use come first.
-- Returns: id, email, grant id, provider, status, reason (text), last verified at and unreachable
-- since, in seconds or 0 (bigint)
select i.id::text, i.email, i.grant_id, i.provider, i.status, i.status_reason,
       coalesce(extract(epoch from i.last_verified_at)::bigint, 0),
       coalesce((select extract(epoch from o.since)::bigint from nova.provider_outages o
                  where o.scope = 'grant' and o.subject = i.grant_id and i.status = 'active'), 0)
  from public.flux_inboxes i
 where i.status <> 'removed'
   and ($1::text is null or i.grant_id = $1::text or lower(i.email) = lower($1::text) or i.id::text = lower($1::text))
 order by $1::text is not null and i.status <> 'active', i.created_at, i.id
