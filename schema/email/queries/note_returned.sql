-- $1 queue text, $2 ids bigint[]
update nova.taken_messages t set returned_at = clock_timestamp()
 where t.queue = $1::text and t.msg_id = any ($2::bigint[])
