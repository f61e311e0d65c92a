-- Leases messages of a queue of the Node service until the transaction ends: whoever rolls back never read them.
-- $1 queue text, $2 at most integer. Returns: id bigint, message text
select r.msg_id, r.message::text from pgmq.read($1::text, 60, $2::integer) r
