-- This version cannot read them either. $1 text[] inbox ids, $2 text[] kinds,
-- $3 bytea[] identities, $4 text[] reasons; $5 version
select nova.reject_still($1::text[]::uuid[], $2::text[], $3::bytea[], $4::text[], $5::text)
