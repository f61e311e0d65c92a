-- Jobs that somebody works at. $1 only of this type, queue, transport or task text, or empty; $2 at most bigint.
-- Returns: rows as a JSON array text
select coalesce(jsonb_agg(to_jsonb(r)), '[]')::text
  from (select j.source, j.place, j.id, j.type, coalesce(n.name, j.worker) as node, j.since, j.until, j.attempts,
               j.crashes
          from nova.jobs_in_hand() j
          left join nova.cluster_nodes n on j.worker in ('node/' || n.epoch, 'node/' || n.epoch || ' alone')
         where $1::text in ('', j.type, j.place)
         order by j.since nulls last limit $2::bigint) r
