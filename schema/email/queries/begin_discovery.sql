-- $1 config id, $2 token of the lease or 0 bigint.
-- Returns: window id bigint, start and end in seconds bigint (end 0: none), cursor text
select w.id, extract(epoch from w.window_start)::bigint,
       case when isfinite(w.window_end) then extract(epoch from w.window_end)::bigint else 0 end, w.cursor
  from nova.begin_discovery($2::bigint, $1::uuid) w
