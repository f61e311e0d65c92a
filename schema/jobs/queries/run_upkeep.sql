-- $1 name. Makes a task due now. Returns: whether there is one of that name boolean
select nova.run_upkeep($1)
