-- $1 config id, or NULL for all that run and the twenty newest others.
-- Returns: config id, inbox id, email, status (text), queued, processing, completed, failed, total,
-- messages, windows, windows listed, started at, completed at in seconds or 0 (all bigint), gaps
-- (JSON array, text), what of the inbox cannot be read bigint, percent double precision, when it
-- will be done, that at the earliest and at the latest, when it is usable in seconds or 0 bigint,
-- usable boolean, what binds text, messages expected or 0 bigint
select p.config_id::text, p.inbox_id::text, p.email, p.backfill_status, p.threads_pending, p.threads_processing,
       p.threads_completed, p.threads_failed, p.threads_queued, p.messages_synced, p.windows, p.windows_listed,
       coalesce(extract(epoch from p.sync_started_at)::bigint, 0),
       coalesce(extract(epoch from p.sync_completed_at)::bigint, 0), p.gaps::text,
       (select count(*) from public.flux_email_rejects r where r.inbox_id = p.inbox_id),
       p.percent_complete::double precision, coalesce(extract(epoch from p.eta)::bigint, 0),
       coalesce(extract(epoch from p.eta_low)::bigint, 0), coalesce(extract(epoch from p.eta_high)::bigint, 0),
       coalesce(extract(epoch from p.usable_at)::bigint, 0), p.usable, p.binds, coalesce(p.messages_expected, 0)
  from (select c.id, c.created_at from public.flux_inbox_configurations c
         where c.id = $1::uuid or $1::uuid is null and c.backfill_status in ('pending', 'discovering', 'thread_sync')
        union
        (select c.id, c.created_at from public.flux_inbox_configurations c
          where $1::uuid is null
          order by c.created_at desc limit 20)) c
  join public.sync_progress p on p.config_id = c.id
 order by c.created_at desc
