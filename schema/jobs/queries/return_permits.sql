-- $1 handlers bigint[], $2 keys, $3 jobs text[], $4 failed boolean[], $5 milliseconds double precision[], one each
-- Returns: how many permits there were bigint
select nova.return_permits($1::bigint[], $2::text[], $3::text[], $4::boolean[], $5::double precision[])
