-- $1 table text, $2 ids text[], $3 digests text[], $4 rows as JSON text[], $5 our names of fields and their columns, a
-- JSON object
select nova.adopt_rows($1::text, $2::text[], $3::text[], $4::text[], $5::jsonb)
