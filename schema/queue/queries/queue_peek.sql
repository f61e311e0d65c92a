-- The first messages, visible or not, without leasing them.
-- $1 queue text, $2 at most integer
-- Returns: id bigint, read_ct integer, enqueued at in microseconds since 1970 bigint, message as JSON text
select p.msg_id, p.read_ct, (extract(epoch from p.enqueued_at) * 1000000)::bigint, coalesce(p.message::text, 'null')
  from nova_queue.peek($1, $2::integer) p
