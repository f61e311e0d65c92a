-- $1 key text. Returns: whether it was set boolean
select nova.clear_setting($1)
