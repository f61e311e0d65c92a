-- $1 type, $2 transport, $3 queue text, each NULL for none. Returns: whether it was there boolean
select nova.remove_handler($1, $2, $3)
