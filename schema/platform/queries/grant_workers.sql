-- What nodes run as gets what they need of new tables.
select nova.grant_workers()
