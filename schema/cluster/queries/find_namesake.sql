-- $1 name text. Returns: id bigint, address text, machine text, up for so many seconds bigint, last
-- heard of in microseconds since 1970 bigint; no row: no node of that name has a lease that runs
select n.id, n.address, n.machine, extract(epoch from clock_timestamp() - n.started_at)::bigint,
       (extract(epoch from n.heartbeat_at) * 1000000)::bigint
  from nova.cluster_nodes n
 where n.name = $1::text and n.ended_at is null and n.lease_until > clock_timestamp()
 order by n.id desc
 limit 1
