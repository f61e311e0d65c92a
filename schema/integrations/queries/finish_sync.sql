-- $1 run, $2 token, $3 status, $4 records read, $5 written, $6 failed, $7 error or NULL.
-- Returns: accepted, stale or gone
select nova.finish_sync($1::uuid, $2::bigint, $3::text, $4::bigint, $5::bigint, $6::bigint, $7::text)
