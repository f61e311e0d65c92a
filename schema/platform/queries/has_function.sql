-- $1 name with the types of its arguments text. Returns: whether there is such a function boolean
select pg_catalog.to_regprocedure($1::text) is not null
