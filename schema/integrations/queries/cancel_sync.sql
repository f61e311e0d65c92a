-- $1 run. Returns: cancelled, asked, or how it had ended before
select nova.cancel_sync($1::uuid)
