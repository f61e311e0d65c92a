-- Makes messages whose read failed due again later. $1 uuid[] inbox ids, $2 text[] ids,
-- $3 bigint[] milliseconds from now.
-- Returns: how many integer
select nova.postpone_refetches($1::uuid[], $2::text[], $3::bigint[])
