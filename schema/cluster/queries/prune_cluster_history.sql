-- Forgets failures past their days and nodes that ended a week ago. Returns: failures bigint, nodes bigint
select nova.prune_actor_failures(), nova.prune_nodes()
