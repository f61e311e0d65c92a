-- $1 key text, $2 value as JSON text, $3 who text, $4 why text, $5 for so many seconds bigint (0:
-- for good). Returns: revision bigint
select nova.set_setting($1, $2::jsonb, $3, $4, nullif($5::bigint, 0) * interval '1 second')
