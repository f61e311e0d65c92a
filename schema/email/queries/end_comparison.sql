-- $1 the comparison, $2 calls it took. Returns: whether no day is broken
select nova.end_comparison($1::bigint, $2::bigint)
