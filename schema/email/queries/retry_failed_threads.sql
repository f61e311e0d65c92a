-- $1 config id, $2 text[] thread ids or NULL for all, $3 who. Returns: queued again bigint
select nova.retry_failed_threads($1::uuid, $2::text[], $3::text)
