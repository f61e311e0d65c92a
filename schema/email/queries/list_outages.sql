-- What of the provider cannot be called now. Not of nodes that are gone, nor of inboxes that nobody calls anyway.
-- Returns: scope, grant id or node, whose: address or node, error, since (text)
select o.scope, o.subject, coalesce(i.email, o.subject), o.last_error,
       to_char(o.since at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"')
  from nova.provider_outages o left join flux_inboxes i on o.scope = 'grant' and i.grant_id = o.subject
 where i.status = 'active'
    or o.scope <> 'grant' and (o.last_failed_at > now() - interval '2 minutes'
         or exists (select from nova.cluster_nodes n where n.name = o.subject and n.ended_at is null))
 order by o.scope, o.subject
