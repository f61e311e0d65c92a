-- Everything that was received until it began was listed. $1 inbox id, $2 token bigint
update public.flux_inboxes i
   set swept_until = greatest(i.swept_until, i.sweep_began_at), last_swept_at = now(), sweep_claimed_until = null,
       sweep_cursor = ''
 where i.id = $1::uuid and i.sweep_token = $2::bigint
