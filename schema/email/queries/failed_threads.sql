-- $1 config id, or NULL for all; $2 limit.
-- Returns: config id, thread id, reason (text), attempts integer, failed at in seconds bigint
select q.config_id::text, q.thread_id, coalesce(q.error_message, ''), q.attempts,
       extract(epoch from q.processed_at)::bigint
  from public.queued_threads q
 where q.status = 'failed' and ($1::uuid is null or q.config_id = $1::uuid)
 order by q.processed_at desc limit $2::bigint
