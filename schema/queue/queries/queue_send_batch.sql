-- $1 queue text, $2 messages as JSON text[]. Returns: id bigint, in the order of the messages
select pgmq.send_batch($1, $2::text[]::jsonb[])
