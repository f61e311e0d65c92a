-- $1 node's name text. Returns: how many threads it holds bigint, the leases of its living incarnation text[]
select (select count(*) from public.queued_threads q where q.status = 'processing' and q.claim_node = $1::text),
       array(select l.name
               from nova.cluster_leases l
               join nova.cluster_nodes n on n.id = l.holder
              where n.name = $1::text and n.ended_at is null
              order by l.name)
