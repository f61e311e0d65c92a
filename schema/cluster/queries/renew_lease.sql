-- $1 name text, $2 node bigint, $3 token bigint, $4 lease in milliseconds bigint. Returns: whether it is still held boolean
select nova.renew_lease($1, $2::bigint, $3::bigint, $4::bigint * interval '1 millisecond')
