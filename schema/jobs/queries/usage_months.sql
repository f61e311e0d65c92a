-- $1 after interval. Months that ended so long ago. Returns: month (2026-05) text, rows bigint, content bigint
select to_char(m.month, 'YYYY-MM'), m.rows, m.content from nova.usage_months($1::interval) m
