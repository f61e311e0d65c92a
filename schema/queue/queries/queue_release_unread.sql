-- $1 reader bigint, $2 queue text, $3 held bigint[]
-- Returns: how many were released bigint
select nova_queue.release_unread($1, $2, $3::bigint[])
