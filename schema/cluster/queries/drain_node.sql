-- $1 name, $2 who, $3 why text, $4 for so many seconds bigint (0: until it is taken back).
-- Returns: whether a living node has that name boolean
select nova.drain_node($1, $2, $3, nullif($4::bigint, 0) * interval '1 second')
