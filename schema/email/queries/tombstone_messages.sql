-- Marks messages as deleted. $1 text[] inbox ids, $2 text[] ids, $3 bigint[] lo, $4 bigint[] hi.
-- Returns: changed integer
select nova.tombstone_messages($1::text[]::uuid[], $2::text[], $3::bigint[], $4::bigint[])
