-- $1 config id, $2 to, $3 who, $4 why. Returns: moved boolean
select nova.move_backfill($1::uuid, $2::text, $3::text, $4::text)
