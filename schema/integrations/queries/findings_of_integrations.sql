-- What of the integrations is due and does not happen. Argument and columns are those of findings_of_nodes; only where
-- the system is installed.
with f as (
  select 2 as rank, 'sync/retry_overdue' as kind, 'sync:' || r.integration_name as what, min(r.retry_at) as since,
         jsonb_build_object('count', count(*)) as facts
    from public.pending_sync_retries r
   where r.retry_at < clock_timestamp() - interval '5 minutes'
   group by r.integration_name
)
select f.rank, (extract(epoch from f.since) * 1000000)::bigint, f.kind, f.what, to_jsonb(f.since) #>> '{}',
       f.facts::text
  from f order by f.rank, f.since limit $1::bigint
