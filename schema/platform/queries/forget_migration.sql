-- $1 text system, $2 text name
delete from nova.schema_migrations where system = $1::text and name = $2::text
