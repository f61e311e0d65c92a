-- $1 the comparison
select nova.open_comparison($1::bigint)
