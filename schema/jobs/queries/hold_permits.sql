-- $1 worker text, $2 lease in milliseconds bigint. Returns: how many permits are held bigint
select nova.hold_permits($1, $2::bigint * interval '1 millisecond')
