-- Pauses a channel, or takes all pauses back of it, of an address, or of smtp. $1 name text, $2 enabled boolean.
-- Returns: how many bigint
select nova.enable_alert_channel($1::text, $2::boolean)
