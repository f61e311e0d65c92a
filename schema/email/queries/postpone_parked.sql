-- $1 text[] notification ids, $2 bigint[] milliseconds, $3 boolean[] whether it failed by its own
-- fault, $4 text[] reasons.
-- Returns: how many integer
select nova.postpone_parked($1::text[], $2::bigint[], $3::boolean[], $4::text[])
