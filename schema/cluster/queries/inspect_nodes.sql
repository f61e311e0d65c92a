-- Nodes that run, and how each name ended that no longer does, of the last day.
-- $1 only this name or incarnation text, or empty; $2 at most bigint.
-- Returns: rows as a JSON array text
select coalesce(jsonb_agg(to_jsonb(r)), '[]')::text
  from (select n.name as node, n.id, n.epoch,
               case when n.ended_at is null and n.lease_until <= clock_timestamp() then 'silent'
                    else nova.state_of(n) end as state,
               array_to_string(n.roles, ',') as roles, n.version, n.protocol, n.address,
               round(extract(epoch from coalesce(n.ended_at, clock_timestamp()) - n.started_at)::numeric, 1) as up_s,
               case when n.ended_at is null
                    then round(extract(epoch from n.lease_until - clock_timestamp())::numeric, 1) end as lease_s,
               n.capacity,
               (select count(*) from public.queued_threads q
                 where q.status = 'processing' and q.claim_node = n.name) as claims,
               (select count(*) from nova.cluster_leases l where l.holder = n.id) as leases,
               n.load - 'links' as load, n.ended_at,
               coalesce(n.dead_reason,
                 case when n.ended_at is null and nova.is_drained(n) then 'drained by ' || n.drained_by
                      || coalesce(': ' || n.drain_reason, '') end) as reason
          from nova.cluster_nodes n
         where (n.ended_at is null
                or n.ended_at > clock_timestamp() - interval '1 day'
                   and n.id = (select max(l.id) from nova.cluster_nodes l where l.name = n.name))
           and ($1::text = '' or $1::text in (n.name, n.id::text))
         order by n.ended_at is not null, n.name, n.id desc limit $2::bigint) r
