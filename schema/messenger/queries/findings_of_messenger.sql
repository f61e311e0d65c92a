-- What of the messenger is due and does not happen ('schedule/overdue', 'transport/stands_still'), and brokers that
-- cannot be used ('transport/unreachable', 'transport/refused', 'transport/full', 'transport/outbox_waits').
-- Argument and columns are those of findings_of_nodes; only where the system is installed.
select 2, (extract(epoch from d.since) * 1000000)::bigint, d.kind, d.what, to_jsonb(d.since) #>> '{}', d.facts::text
  from (select * from nova.messenger_due() union all select * from nova.messenger_broker_due()) d
 order by d.since limit $1::bigint
