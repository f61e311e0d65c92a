-- $1 id, $2 token bigint: the message runs alone on its node. Returns: 1 when it is that claim's
update public.messenger_messages m set locked_by = m.locked_by || ' alone'
 where m.id = $1::bigint and m.token = $2::bigint and m.status = 'processing'
returning 1
