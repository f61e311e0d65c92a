-- $1 queue text, $2 ids bigint[]. Returns: how many were in it bigint
select count(*) filter (where pgmq.archive($1::text, m.id)) from unnest($2::bigint[]) m (id)
