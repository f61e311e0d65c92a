-- Threads that nodes hold, by node and backfill, and whether the holder is alive.
-- $1 only this node text, or empty; $2 at most bigint. Returns: rows as a JSON array text
select coalesce(jsonb_agg(to_jsonb(r)), '[]')::text
  from (select q.claim_node as node, q.claim_epoch as epoch, q.config_id as config, count(*) as threads,
               round(extract(epoch from clock_timestamp() - min(q.claimed_at))::numeric, 1) as oldest_s,
               case when exists (select from nova.cluster_nodes n
                                  where n.name = q.claim_node
                                    and n.ended_at is null
                                    and n.lease_until > clock_timestamp()
                                    and (coalesce(q.claim_epoch, 0) = 0 or n.epoch = q.claim_epoch))
                    then 'held' else 'orphaned' end as state
          from public.queued_threads q
         where q.status = 'processing'
           and q.config_id in (select s.config_id from public.inbox_sync_stats s where s.threads_processing > 0)
           and ($1::text = '' or q.claim_node = $1::text)
         group by q.claim_node, q.claim_epoch, q.config_id
         order by 1, 3 limit $2::bigint) r
