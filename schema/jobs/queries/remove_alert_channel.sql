-- $1 name text. Returns: whether there was such a channel (boolean)
select nova.remove_alert_channel($1::text)
