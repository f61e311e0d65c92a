-- $1 type, $2 transport, $3 queue, $4 kind text, each NULL for none, $5 config as JSON text, $6 timeout in milliseconds
-- bigint. Returns: id bigint
select nova.set_handler($1, $2, $3, $4, $5::jsonb, $6::bigint * interval '1 millisecond')
