-- $1 run, $2 token, $3 succeeded, partial, failed or cancelled, $4 class of the error or NULL, $5 its text or NULL.
-- Returns: accepted, stale or gone
select nova.end_sync_run($1::uuid, $2::bigint, $3::text, $4::text, $5::text)
