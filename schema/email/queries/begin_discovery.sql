-- $1 config id. Returns: window id bigint, start and end in seconds bigint, cursor text, pages integer, listed boolean
select w.id, extract(epoch from w.window_start)::bigint, extract(epoch from w.window_end)::bigint, w.cursor, w.pages, w.listed_at is not null
  from nova.begin_discovery($1::uuid) w
