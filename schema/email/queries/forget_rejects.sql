-- What can be read by now. $1 text[] inbox ids, $2 text[] kinds, $3 bytea[] identities. Returns: how many bigint
select nova.forget_rejects($1::text[]::uuid[], $2::text[], $3::bytea[])
