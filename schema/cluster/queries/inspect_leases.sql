-- What only one node may do at a time, and who may.
-- $1 beginning of its name text, or empty; $2 at most bigint. Returns: rows as a JSON array text
select coalesce(jsonb_agg(to_jsonb(r)), '[]')::text
  from (select l.name as lease, coalesce(n.name, '') as holder, l.holder as incarnation, l.token,
               case when l.holder is null then 'free'
                    when l.expires_at <= clock_timestamp() then 'expired'
                    else 'held' end as state,
               round(extract(epoch from l.expires_at - clock_timestamp())::numeric, 1) as left_s, l.acquired_at
          from nova.cluster_leases l left join nova.cluster_nodes n on n.id = l.holder
         where starts_with(l.name, $1::text)
         order by 1 limit $2::bigint) r
