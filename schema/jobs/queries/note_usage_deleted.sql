-- $1 month (2026-05), $2 part: no line of the file is left in the table as it is in the file. Returns: nothing
update nova.upkeep_exports e set deleted_at = clock_timestamp()
 where e.target = 'usage_metrics' and e.month = ($1::text || '-01')::date and e.part = $2::integer
