-- $1 the table. Returns: about how many rows it has bigint
select nova.analyze_table($1)
