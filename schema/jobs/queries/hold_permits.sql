-- $1 worker text, $2 jobs text[], $3 lease in milliseconds bigint. Returns: how many permits are held bigint
select nova.hold_permits($1, $2::text[], $3::bigint * interval '1 millisecond')
