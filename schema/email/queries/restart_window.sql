-- A cursor is dead: its window starts again. $1 config id, $2 window id, $3 its token bigint.
-- Returns: restarts so far integer
select nova.restart_window($1::uuid, $2::bigint, $3::bigint)
