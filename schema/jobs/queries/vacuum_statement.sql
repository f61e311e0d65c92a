-- $1 the table. Returns: what vacuums it text, whether this role may boolean
select v.statement, v.may from nova.vacuum_statement($1) v
