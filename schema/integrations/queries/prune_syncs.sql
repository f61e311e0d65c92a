-- Runs and alerts that ended long ago go away, some at a time. Returns: how many bigint
select nova.prune_syncs()
