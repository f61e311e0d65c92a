-- $1 names text[], $2 node bigint, $3 lease in milliseconds bigint.
-- Returns: name text, token bigint of those that were free
select name, token from nova.take_leases($1::text[], $2::bigint, $3::bigint * interval '1 millisecond')
