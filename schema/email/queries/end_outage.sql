-- It can be called again; when a grant can, others are probed at once. $1 scope,
-- $2 grant id or node
with gone as (
  delete from nova.provider_outages o
   where o.subject = $2::text and case when $1::text = 'grant' then o.scope = 'grant' else o.scope <> 'grant' end
  returning o.scope)
update nova.provider_outages o set next_probe_at = now()
 where o.scope = 'grant'
   and o.subject <> $2::text
   and o.next_probe_at > now()
   and exists (select from gone g where g.scope = 'grant')
   and exists (select from public.flux_inboxes i where i.grant_id = o.subject and i.status = 'active')
