-- The bytes of an attachment. $1 inbox id, $2 message id, $3 attachment id, $4 their sha256 bytea, $5 they bytea.
-- Returns: whether they were wanted boolean
select nova.store_attachment($1::uuid, $2::text, $3::text, $4::bytea, $5::bytea)
