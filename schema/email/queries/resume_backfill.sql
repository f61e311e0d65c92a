-- $1 config id, $2 who, $3 why. Returns: its new state text
select nova.resume_backfill($1::uuid, $2::text, $3::text)
