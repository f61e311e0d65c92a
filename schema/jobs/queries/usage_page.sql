-- $1 month (2026-05), $2 date and $3 id of the last line or null, $4 at most so many, $5 format.
-- Returns: date text, id text, line text, content bigint
select p.date, p.id, p.line, p.content
  from nova.usage_page(($1::text || '-01')::date, $2::date, $3::text, $4::integer, $5) p
