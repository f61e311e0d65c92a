-- Whether the functions are there that tell Nova's objects from others. Returns: there boolean
select pg_catalog.to_regprocedure('nova.refuse_names(text[])') is not null
