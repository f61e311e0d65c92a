-- $1 queue text, $2 ids bigint[], $3 read_cts integer[], one each, $4 seconds from now integer
-- Returns, in the order of the ids: whether the lease was still the caller's boolean
select l.accepted from nova_queue.hold_leased($1, $2::bigint[], $3::integer[], $4::integer) l
