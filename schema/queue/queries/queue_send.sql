-- $1 queue text, $2 message as JSON text, $3 delay in seconds integer. Returns: id bigint
select pgmq.send($1, $2::jsonb, $3::integer)
