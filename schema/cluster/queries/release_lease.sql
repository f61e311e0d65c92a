-- $1 name text, $2 node bigint, $3 token bigint. Returns: whether it was held boolean
select nova.release_lease($1, $2::bigint, $3::bigint)
