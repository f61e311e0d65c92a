-- $1 name, $2 whether it runs boolean. Returns: whether there is one of that name boolean
select nova.enable_upkeep($1, $2::boolean)
