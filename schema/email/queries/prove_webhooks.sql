-- What became of notifications that were acknowledged, and how long after their POST the effect was
-- committed. Latencies are of those that came once, because a duplicate writes the row again, and
-- need track_commit_timestamp.
-- $1 text[] ids, $2 bigint[] when each was posted, in microseconds since 1970.
-- Returns: lost (not in the audit log) bigint, still pending bigint, median in ms double precision,
-- 99th percentile in ms double precision
select count(*) filter (where n.notification_id is null),
       count(*) filter (where n.status = 'pending'),
       coalesce(percentile_cont(0.5) within group (order by n.took), 0),
       coalesce(percentile_cont(0.99) within group (order by n.took), 0)
  from unnest($1::text[], $2::bigint[]) as a (id, posted_at)
  left join lateral (
    select n.notification_id, n.status,
           case when n.status <> 'pending' and n.deliveries = 1
                then extract(epoch from pg_xact_commit_timestamp(n.xmin))::double precision * 1000
                     - a.posted_at / 1000.0 end as took
      from public.flux_webhook_notifications n where n.notification_id = a.id) n on true
