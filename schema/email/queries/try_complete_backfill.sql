-- $1 config id. Returns: completed now boolean
select nova.try_complete_backfill($1::uuid)
