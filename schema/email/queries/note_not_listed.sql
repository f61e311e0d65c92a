-- Messages that were not listed and answered with 404. $1 inbox id, $2 text[] ids, $3 and $4 between which the provider
-- was asked, microseconds since 1970. Returns: of how many it is the first 404 integer
select nova.note_not_listed($1::uuid, $2::text[], $3::bigint, $4::bigint)
