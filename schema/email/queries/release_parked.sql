-- What a node has claimed without learning of it is due again. $1 epoch of the node, $2 text[] ids of
-- the notifications that it holds. Returns: how many bigint
select nova.release_parked($1::bigint, $2::text[])
