-- Whether the rows are of another server or an earlier time ('database/restored'), or a restore of data has not ended
-- ('database/restoring'). Argument and columns are those of findings_of_nodes.
select case r.kind when 'database/restoring' then 1 else 2 end, (extract(epoch from r.since) * 1000000)::bigint, r.kind,
       'database', to_jsonb(r.since) #>> '{}', r.facts::text
  from nova.restored() r limit $1::bigint
