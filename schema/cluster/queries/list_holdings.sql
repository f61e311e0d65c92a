-- What a node holds, and who could be home of a grant: members that are up and take links (docs/cluster.md).
-- $1 node's name text. Returns: how many threads it holds bigint, the leases of its living incarnation text[],
-- the grants text[], and of who could be their home: incarnations bigint[], names text[], weights bigint[]
select (select count(*) from public.queued_threads q where q.status = 'processing' and q.claim_node = $1::text),
       array(select l.name
               from nova.cluster_leases l
               join nova.cluster_nodes n on n.id = l.holder
              where n.name = $1::text and n.ended_at is null
              order by l.name),
       array(select i.grant_id from public.flux_inboxes i where i.status <> 'removed' limit 100000),
       coalesce(array_agg(m.id order by m.id), '{}'), coalesce(array_agg(m.name order by m.id), '{}'),
       coalesce(array_agg(greatest(m.capacity, 1)::bigint order by m.id), '{}')
  from nova.cluster_nodes m
 where m.ended_at is null and nova.state_of(m) = 'up' and m.address <> ''
