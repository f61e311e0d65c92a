-- Notes what a look has found. $1 kinds, $2 keys, $3 severities, $4 titles, $5 details as JSON texts (text[]), $6
-- whether the look saw everything (boolean). Returns: ended, open warnings, open critical ones (bigint)
select w.ended, w.open_warning, w.open_critical
  from nova.watch_alerts($1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::boolean) w
