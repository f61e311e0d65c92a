-- A sign of life of who sweeps, with the cursor of the next page. $1 inbox id, $2 token bigint, $3 cursor.
-- Returns: it is still the asker's boolean
with kept as (
  update public.flux_inboxes i set sweep_cursor = $3::text, sweep_claimed_until = now() + interval '10 minutes'
   where i.id = $1::uuid and i.sweep_token = $2::bigint
  returning 1)
select exists (select from kept)
