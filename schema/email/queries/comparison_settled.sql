-- $1 the comparison. Returns: boolean
select nova.comparison_settled($1::bigint)
