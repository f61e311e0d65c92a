-- Returns: how many integer
select nova.close_lost_syncs()
