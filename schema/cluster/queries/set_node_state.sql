-- $1 node bigint, $2 up, degraded or draining text. Returns: whether something changed boolean
select nova.set_node_state($1::bigint, $2)
