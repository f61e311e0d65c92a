-- Keeps what could not be read or stored. Arrays of one length:
-- $1 text[] inbox ids, $2 text[] kinds, $3 bytea[] identities, $4 text[] provider's ids,
-- $5 text[] reasons, $6 text[] raw or empty; $7 version
select nova.record_rejects($1::text[]::uuid[], $2::text[], $3::bytea[], $4::text[], $5::text[], $6::text[], $7::text)
