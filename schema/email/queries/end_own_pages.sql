-- Judges what a backfill's own pages said. $1 inbox id, $2 scope, $3 token bigint. Returns: days that it certified
-- integer, null when another has it
select nova.end_own_pages($1::uuid, $2::text, $3::bigint)::bigint
