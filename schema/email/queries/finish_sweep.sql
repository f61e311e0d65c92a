-- $1 inbox id, $2 verified until, in seconds
update flux_inboxes i
   set last_verified_at = greatest(i.last_verified_at, to_timestamp($2::bigint)), last_swept_at = now(),
       sweep_claimed_until = null
 where i.id = $1::uuid
