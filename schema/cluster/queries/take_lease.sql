-- $1 name text, $2 node bigint, $3 lease in milliseconds bigint
-- Returns: token bigint, microseconds to wait before what cannot be fenced bigint; no row: not to be had
select l.token, greatest(0, (extract(epoch from l.not_before - clock_timestamp()) * 1000000)::bigint)
  from nova.take_lease($1, $2::bigint, $3::bigint * interval '1 millisecond') l
