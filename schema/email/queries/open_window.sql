-- A claimed window, for whoever lists it; no row when the claim is not the newest or it is listed.
-- $1 config id, $2 window id bigint, $3 token bigint.
-- Returns: start and end in seconds bigint (end 0: none), cursor text, inbox id, grant id, provider
-- (text)
select extract(epoch from w.window_start)::bigint,
       case when isfinite(w.window_end) then extract(epoch from w.window_end)::bigint else 0 end,
       w.cursor, i.id::text, i.grant_id, i.provider
  from public.backfill_windows w
  join public.flux_inbox_configurations c on c.id = w.config_id
  join public.flux_inboxes i on i.id = c.inbox_id
 where w.id = $2::bigint and w.config_id = $1::uuid and w.token = $3::bigint and w.listed_at is null
