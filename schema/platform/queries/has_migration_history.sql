-- Returns: there boolean
select pg_catalog.to_regclass('nova.schema_migrations') is not null
