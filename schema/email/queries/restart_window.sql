-- A cursor is dead: its window starts again. $1 config id, $2 window id
update backfill_windows set cursor = '', restarts = restarts + 1, updated_at = now()
 where id = $2::bigint and config_id = $1::uuid and listed_at is null
