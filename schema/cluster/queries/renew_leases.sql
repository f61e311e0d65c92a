-- $1 node bigint, $2 names text[], $3 tokens bigint[], $4 lease in milliseconds bigint. Returns: names still held, text
select r from nova.renew_leases($1::bigint, $2::text[], $3::bigint[], $4::bigint * interval '1 millisecond') r
