-- Forgets what is over for long. Returns: rows bigint
select nova.prune_alerts()
