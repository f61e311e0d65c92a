-- $1 age in seconds. Returns: released bigint
select nova.release_threads(p_older_than => $1::bigint * interval '1 second')
