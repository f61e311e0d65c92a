-- $1 month (2026-05), $2 part, $3 keep interval, $4 text[] ids, $5 text[] lines. Returns: how many were deleted bigint
select nova.delete_exported_usage(($1::text || '-01')::date, $2::integer, $3::interval, $4, $5)
