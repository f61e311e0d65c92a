-- $1 inbox id
update flux_inboxes i set sweep_claimed_until = null where i.id = $1::uuid
