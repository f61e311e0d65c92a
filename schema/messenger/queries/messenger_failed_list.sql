-- The newest first. $1 transport, $2 type, $3 class, each or NULL; $4 failed since, in seconds;
-- $5 boolean those that were retried too; $6 limit.
-- Returns: id, transport, queue, type, class, message (text), attempts integer, failed at, retried
-- at in seconds or 0 (bigint)
select f.id::text, f.transport, f.queue, f.type, f.error_class, f.error_message, f.attempts,
       extract(epoch from f.failed_at)::bigint, coalesce(extract(epoch from f.retried_at)::bigint, 0)
  from public.messenger_failed_messages f
 where ($1::text is null or f.transport = $1::text) and ($2::text is null or f.type = $2::text)
   and ($3::text is null or f.error_class = $3::text) and f.failed_at >= to_timestamp($4::bigint)
   and ($5::boolean or f.retried_at is null)
 order by f.failed_at desc, f.id limit $6::bigint
