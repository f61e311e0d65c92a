-- $1 queue text, $2 ids bigint[]. Returns: how many messages bigint
select nova_queue.send_again($1::text, $2::bigint[])
