-- $1 node bigint. Returns: whether it was alive boolean
select nova.leave($1::bigint)
