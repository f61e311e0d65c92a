-- Was a backfill completed exactly once, and are its statistics what its rows say? $1 config id.
-- Returns: moves to completed bigint, the statistics are right boolean
select (select count(*) from public.sync_transitions t
         where t.machine = 'backfill' and t.subject_id = $1::uuid and t.to_status = 'completed'),
       exists (select from public.inbox_sync_stats s,
                 lateral (select count(*) as total, count(*) filter (where q.status = 'processing') as processing,
                                 count(*) filter (where q.status = 'completed') as completed,
                                 count(*) filter (where q.status = 'failed') as failed,
                                 coalesce(sum(q.messages_synced), 0) as messages
                            from public.queued_threads q where q.config_id = s.config_id) r
                where s.config_id = $1::uuid
                  and (coalesce(s.threads_queued, 0), s.threads_processing, s.threads_completed, s.threads_failed,
                       s.messages_synced)
                      = (r.total, r.processing, r.completed, r.failed, r.messages))
