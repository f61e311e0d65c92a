-- Leases messages for this reader; the order is nova_queue.read's. None while an operator has the
-- queue paused or the node drained: the conditions have nothing to do with the function's rows, so
-- that they are looked at first and the function not called.
-- $1 queue text, $2 visibility in seconds integer, $3 at most integer, $4 epoch of the reading node
-- or 0 bigint
-- Returns: id bigint, read_ct integer, enqueued at in microseconds since 1970 bigint, message as
-- JSON text
select r.msg_id, r.read_ct, (extract(epoch from r.enqueued_at) * 1000000)::bigint, coalesce(r.message::text, 'null')
  from nova_queue.read($1, $2::integer, $3::integer, reader => $4::bigint) r
 where not exists (select from nova.settings p
                    where p.key = 'paused.queue.' || $1
                      and p.value = 'true'
                      and coalesce(p.revert_at > clock_timestamp(), true))
   and not exists (select from nova.cluster_nodes n where n.epoch = $4::bigint and nova.is_drained(n))
