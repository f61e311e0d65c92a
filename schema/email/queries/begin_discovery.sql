-- $1 config id, $2 token of the lease or 0 bigint. Returns: window id bigint, start and end in seconds bigint, cursor text, pages integer, listed boolean
select w.id, extract(epoch from w.window_start)::bigint, extract(epoch from w.window_end)::bigint, w.cursor, w.pages, w.listed_at is not null
  from nova.begin_discovery_as($2::bigint, $1::uuid) w
