-- $1 month (2026-05), $2 part, $3 format, $4 file, $5 rows, $6 bytes, $7 sha256, $8 content. Returns: nothing
insert into nova.upkeep_exports as e (target, month, part, format, file, rows, bytes, sha256, content)
values ('usage_metrics', ($1::text || '-01')::date, $2, $3, $4, $5, $6, $7, $8)
on conflict (target, month, part) do update
   set format = excluded.format, file = excluded.file, rows = excluded.rows, bytes = excluded.bytes,
       sha256 = excluded.sha256, content = excluded.content, exported_at = clock_timestamp()
