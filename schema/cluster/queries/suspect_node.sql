-- $1 voter bigint, $2 suspected bigint, $3 its address refused boolean, $4 why text, $5 lease in milliseconds bigint
-- Returns: whether it is declared dead boolean
select nova.suspect_node($1::bigint, $2::bigint, $3::boolean, $4, $5::bigint * interval '1 millisecond')
