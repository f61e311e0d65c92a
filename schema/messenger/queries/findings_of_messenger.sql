-- What of the messenger is due and does not happen ('schedule/overdue', 'transport/stands_still'), and what it gave up
-- ('transport/dead_letters'). Argument and columns are those of findings_of_nodes; only where the system is installed.
with f as (
  select 2 as rank, d.since, d.kind, d.what, d.facts from nova.messenger_due() d
  union all
  select 3, l.since, 'transport/dead_letters', 'transport:' || t.name,
         jsonb_build_object('count', l.count, 'transport', t.name, 'reason', left(l.reason, 200))
    from public.messenger_transports t
   cross join lateral (
         select count(*), min(n.failed_at) as since, (array_agg(n.error_message order by n.failed_at desc))[1] as reason
           from (select m.failed_at, m.error_message from public.messenger_failed_messages m
                  where m.transport = t.name and m.failed_at > clock_timestamp() - interval '1 hour'
                    and m.retried_at is null order by m.failed_at desc limit 10000) n) l
   where l.count > 0
)
select f.rank, (extract(epoch from f.since) * 1000000)::bigint, f.kind, f.what, to_jsonb(f.since) #>> '{}',
       f.facts::text
  from f order by f.rank, f.since limit $1::bigint
