-- Which versions and protocols run.
-- $1 unused text; $2 at most bigint. Returns: rows as a JSON array text
select coalesce(jsonb_agg(to_jsonb(r)), '[]')::text
  from (select n.version, n.protocol, n.protocol_min, string_agg(n.name, ',' order by n.name) as nodes,
               count(*) as count, s.protocol_floor as floor
          from nova.cluster_nodes n, nova.cluster_state s
         where n.ended_at is null and $1::text is not null
         group by n.version, n.protocol, n.protocol_min, s.protocol_floor order by 1 limit $2::bigint) r
