-- Whoever holds their leases. $1 queue text, $2 ids bigint[]. Returns: id of each that was there bigint
select a from pgmq.archive($1, $2::bigint[]) a
