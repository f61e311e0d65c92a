-- What keeps people from being told of alerts ('alert/…'). Argument and columns are those of findings_of_nodes.
select case d.kind when 'alert/mail_refused' then 1 else 2 end, (extract(epoch from d.since) * 1000000)::bigint, d.kind,
       d.what, to_jsonb(d.since) #>> '{}', d.facts::text
  from nova.alert_faults() d order by d.since limit $1::bigint
