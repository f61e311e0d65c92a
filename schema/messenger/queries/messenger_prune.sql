-- Upkeep. Returns: removed or moved bigint
select public.messenger_prune()
