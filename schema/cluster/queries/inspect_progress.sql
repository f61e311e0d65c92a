-- How far backfills are: those that run, then the newest others.
-- $1 only this configuration text, or empty; $2 at most bigint. Returns: rows as a JSON array text
select coalesce(jsonb_agg(to_jsonb(r)), '[]')::text
  from (select c.id as config, i.email,
               c.backfill_status || case when c.gaps <> '[]' then ' (partial)' else '' end as state,
               round(100.0 * (coalesce(s.threads_completed, 0) + coalesce(s.threads_failed, 0))
                           / coalesce(s.threads_queued, 1), 1) as percent,
               coalesce(s.threads_queued, 0) as threads, coalesce(s.threads_completed, 0) as done,
               coalesce(s.threads_processing, 0) as running, coalesce(s.threads_failed, 0) as failed,
               coalesce(s.messages_synced, 0) as messages,
               round(extract(epoch from coalesce(c.backfill_completed_at, clock_timestamp())
                                        - c.backfill_started_at)::numeric, 1) as seconds,
               c.discovery_done, coalesce(c.error_message, c.gaps->0->>'reason', '') as error
          from public.flux_inbox_configurations c
          join public.flux_inboxes i on i.id = c.inbox_id
          left join public.inbox_sync_stats s on s.config_id = c.id
         where $1::text = '' or c.id::text = $1::text
         order by c.backfill_status not in ('pending', 'discovering', 'thread_sync'), c.created_at desc
         limit $2::bigint) r
