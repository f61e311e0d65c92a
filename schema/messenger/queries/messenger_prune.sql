-- Upkeep. Returns: removed or moved bigint
select messenger_prune()
