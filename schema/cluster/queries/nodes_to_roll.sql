-- Living nodes as a rolling restart sees them, by name. At most 1,000. $1 lease in milliseconds bigint
-- Returns: id bigint, name text, state text, machine text, version text, whether its lease runs boolean,
-- whether no heartbeat came late for a lease boolean, threads that it holds bigint, leases that it holds
-- bigint, names of the living nodes that it is linked to text[], of those that it cannot link to text[]
select n.id, n.name, nova.state_of(n), n.machine, n.version, n.lease_until > clock_timestamp(),
       n.steady_since < clock_timestamp() - $1::bigint * interval '1 millisecond',
       (select count(*) from public.queued_threads q where q.status = 'processing' and q.claim_epoch = n.epoch),
       (select count(*) from nova.cluster_leases l where l.holder = n.id),
       l.up, l.never
  from nova.cluster_nodes n
 cross join lateral (
   select coalesce(array_agg(x.peer) filter (where x.state = 'up'), '{}') as up,
          coalesce(array_agg(x.peer) filter (where x.state = 'none'), '{}') as never
     from jsonb_to_recordset(coalesce(n.load->'links', '[]')) as x (id bigint, peer text, state text)
     join nova.cluster_nodes p on p.id = x.id and p.ended_at is null) l
 where n.ended_at is null
 order by n.name, n.id
 limit 1000
