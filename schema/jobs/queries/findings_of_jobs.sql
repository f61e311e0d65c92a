-- What of jobs does not happen or fails ('upkeep/…'). Argument and columns are those of findings_of_nodes.
select case d.kind when 'upkeep/needs_owner' then 4 else 2 end, (extract(epoch from d.since) * 1000000)::bigint, d.kind,
       d.what, to_jsonb(d.since) #>> '{}', d.facts::text
  from nova.upkeep_due() d order by d.since limit $1::bigint
