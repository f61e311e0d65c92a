-- $1 name text. Returns: whether it was drained boolean
select nova.undrain_node($1)
