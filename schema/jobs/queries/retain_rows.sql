-- $1 target, $2 keep interval, $3 at most so many. Returns: how many were deleted bigint
select nova.retain_rows($1, $2::interval, $3::integer)
