-- What a node that begins to fetch attachments finds otherwise than its setting says. $1 bytes above which one is too
-- large, $2 epoch of the node or 0. Returns: how many changed bigint
select nova.fit_attachments($1::bigint, $2::bigint)
