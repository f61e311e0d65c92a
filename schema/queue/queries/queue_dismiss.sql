-- $1 queue text, $2 ids bigint[], none: all of the queue. Returns: how many messages bigint
select nova_queue.dismiss($1::text, nullif($2::bigint[], '{}'))
