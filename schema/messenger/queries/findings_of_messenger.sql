-- What of the messenger is due and does not happen ('schedule/overdue', 'transport/stands_still'). Argument and columns
-- are those of findings_of_nodes; only where the system is installed.
select 2, (extract(epoch from d.since) * 1000000)::bigint, d.kind, d.what, to_jsonb(d.since) #>> '{}', d.facts::text
  from nova.messenger_due() d order by d.since limit $1::bigint
