-- $1 node or NULL for all. Returns: released bigint
select nova.release_threads($1::text)
