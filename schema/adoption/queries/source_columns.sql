-- In the database of the Node service. $1 its schema text. Returns its tables and views: table, column, type, all
-- text; row-level security hides rows of it from us boolean
select c.relname::text, a.attname::text, format_type(a.atttypid, null),
       case when c.relkind in ('r', 'p') then row_security_active(c.oid) else false end
  from pg_catalog.pg_class c
  join pg_catalog.pg_namespace n on n.oid = c.relnamespace and n.nspname = $1::text
  join pg_catalog.pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
 where c.relkind in ('r', 'p', 'v', 'm', 'f')
 order by c.relname, a.attnum
