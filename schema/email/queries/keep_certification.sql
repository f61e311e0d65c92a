-- A sign of life. $1 inbox id, $2 scope, $3 token bigint, $4 the comparison bigint, $5 cursor of the next page.
-- Returns: it is still the asker's boolean
select nova.keep_certification($1::uuid, $2::text, $3::bigint, $4::bigint, $5::text)
