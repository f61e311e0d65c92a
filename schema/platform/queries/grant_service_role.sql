-- service_role gets what it needs of new tables, and of all when it came after them.
select nova.grant_service_role()
