-- Returns: threads that backfills wrote so far bigint
select coalesce(sum(s.threads_completed), 0)::bigint from public.inbox_sync_stats s
