-- $1 judge bigint, $2 lease in milliseconds bigint. Returns: those declared dead bigint
select nova.expire_nodes($1::bigint, $2::bigint * interval '1 millisecond')
