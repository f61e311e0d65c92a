-- $1 id, $2 token bigint: the message runs alone on its node. Returns: whether it is that claim's boolean
select nova.messenger_mark_alone($1::bigint, $2::bigint)
