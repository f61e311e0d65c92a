-- What of jobs does not happen or fails ('upkeep/…', 'key/…'). Argument and columns are those of findings_of_nodes.
select case d.kind when 'upkeep/needs_owner' then 4 else 2 end, (extract(epoch from d.since) * 1000000)::bigint, d.kind,
       d.what, to_jsonb(d.since) #>> '{}', d.facts::text
  from (select u.kind, u.what, u.since, u.facts from nova.upkeep_due() u
        union all
        select 'key/stopped', 'handler:' || coalesce(h.type, h.queue), k.open_until - h.breaker_pause,
               jsonb_build_object('key', k.key, 'failures', k.failures,
                                  'seconds', ceil(extract(epoch from k.open_until - clock_timestamp())))
          from nova.job_keys k join nova.messenger_handlers h on h.id = k.handler
         where k.open_until > clock_timestamp()) d (kind, what, since, facts)
 order by d.since limit $1::bigint
