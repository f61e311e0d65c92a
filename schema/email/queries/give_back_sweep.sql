-- It goes on where it was as soon as it can. $1 inbox id, $2 token bigint
update public.flux_inboxes i set sweep_claimed_until = null where i.id = $1::uuid and i.sweep_token = $2::bigint
