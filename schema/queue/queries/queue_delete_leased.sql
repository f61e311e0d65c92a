-- $1 queue text, $2 ids bigint[], $3 read_cts integer[], one each
-- Returns, in the order of the ids: whether the lease was still the caller's boolean
select l.accepted from nova_queue.delete_leased($1, $2::bigint[], $3::integer[]) l
