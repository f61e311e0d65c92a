-- Nodes that have not ended, by id. At most 1,000.
-- Returns: cluster version bigint, id bigint, epoch bigint, name text, address text, version text,
-- state text, roles text[], protocol integer, oldest protocol integer, capacity integer,
-- machine text
select c.version, n.id, n.epoch, n.name, n.address, n.version, nova.state_of(n), n.roles, n.protocol, n.protocol_min,
       n.capacity, n.machine
  from nova.cluster_state c, nova.cluster_nodes n
 where n.ended_at is null
 order by n.id
 limit 1000
