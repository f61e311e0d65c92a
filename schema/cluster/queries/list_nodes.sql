-- Living nodes, and those that ended within $1 hours integer, newest first. At most 1,000.
-- Returns: id bigint, name text, epoch bigint, roles text[], address text, version text,
-- state text, started and last heard of in microseconds since 1970 bigint, whether its lease runs
-- boolean, reason of its death text or null
select n.id, n.name, n.epoch, n.roles, n.address, n.version, nova.state_of(n),
       (extract(epoch from n.started_at) * 1000000)::bigint, (extract(epoch from n.heartbeat_at) * 1000000)::bigint,
       n.ended_at is null and n.lease_until > clock_timestamp(), n.dead_reason
  from nova.cluster_nodes n
 where n.ended_at is null or n.ended_at > clock_timestamp() - make_interval(hours => $1::integer)
 order by n.id desc
 limit 1000
