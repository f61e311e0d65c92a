-- $1 older interval, $2 at most so many. Returns: how many were archived bigint
select nova.archive_conversations($1::interval, $2::integer)
