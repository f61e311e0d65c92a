-- What of the messenger is due and does not happen. Argument and columns are those of findings_of_nodes; only where
-- the system is installed.
with f as (
  select 2 as rank, 'schedule/overdue' as kind, 'schedule:' || s.name as what, s.next_run_at as since,
         jsonb_build_object('seconds', floor(extract(epoch from clock_timestamp() - s.next_run_at)),
                            'type', s.type) as facts
    from public.messenger_schedules s
   where s.enabled and s.next_run_at < clock_timestamp() - interval '1 minute'
)
select f.rank, (extract(epoch from f.since) * 1000000)::bigint, f.kind, f.what, to_jsonb(f.since) #>> '{}',
       f.facts::text
  from f order by f.rank, f.since limit $1::bigint
