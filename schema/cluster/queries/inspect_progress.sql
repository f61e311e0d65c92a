-- How far backfills are: those that run, then the newest others.
-- $1 only this configuration text, or empty; $2 at most bigint. Returns: rows as a JSON array text
select coalesce(jsonb_agg(to_jsonb(r)), '[]')::text
  from (select c.id as config, i.email,
               c.backfill_status || case when c.gaps <> '[]' then ' (partial)' else '' end as state,
               round(p.percent_complete, 1) as percent, l.left_s, l.low_s, l.high_s,
               case when p.usable then 0 else l.usable_s end as usable_s, p.binds,
               coalesce(s.threads_queued, 0) as threads, coalesce(s.threads_completed, 0) as done,
               coalesce(s.threads_processing, 0) as running, coalesce(s.threads_failed, 0) as failed,
               coalesce(s.messages_synced, 0) as messages,
               round(extract(epoch from coalesce(c.backfill_completed_at, clock_timestamp())
                                        - c.backfill_started_at)::numeric, 1) as seconds,
               c.discovery_done, coalesce(c.error_message, c.gaps->0->>'reason', '') as error
          from (select f.* from public.flux_inbox_configurations f
                 where $1::text = '' or f.id::text = $1::text
                 order by f.backfill_status not in ('pending', 'discovering', 'thread_sync'), f.created_at desc
                 limit $2::bigint) c
          join public.flux_inboxes i on i.id = c.inbox_id
          left join public.inbox_sync_stats s on s.config_id = c.id
          left join public.sync_progress p on p.config_id = c.id
         -- The last look was some seconds ago.
         cross join lateral (
           select case when p.eta > now() then round(extract(epoch from p.eta - now())::numeric)
                       when p.eta is not null then 0 end as left_s,
                  case when p.eta_low > now() then round(extract(epoch from p.eta_low - now())::numeric)
                       when p.eta_low is not null then 0 end as low_s,
                  case when p.eta_high > now() then round(extract(epoch from p.eta_high - now())::numeric)
                       when p.eta_high is not null then 0 end as high_s,
                  case when p.usable_at > now() then round(extract(epoch from p.usable_at - now())::numeric)
                       when p.usable_at is not null then 0 end as usable_s) l
         order by c.backfill_status not in ('pending', 'discovering', 'thread_sync'), c.created_at desc) r
