-- $1 worker text, $2 handler bigint, $3 keys, $4 jobs text[], one each, $5 lease in milliseconds bigint
-- Returns, in their order: milliseconds until it may come again, 0: it may run bigint
select ceil(extract(epoch from t.wait) * 1000)::bigint
  from nova.take_permits($1, $2::bigint, $3::text[], $4::text[], $5::bigint * interval '1 millisecond') t order by t.n
