-- Of any database: the tables and views that this role may read. Returns: schema, name, about how many rows bigint, the
-- columns of the primary key text
select n.nspname::text, c.relname::text, c.reltuples::bigint,
       coalesce((select string_agg(a.attname, ', ' order by k.n) from pg_catalog.pg_index x
                   cross join unnest(x.indkey::smallint[]) with ordinality k (attnum, n)
                   join pg_catalog.pg_attribute a on a.attrelid = c.oid and a.attnum = k.attnum
                  where x.indrelid = c.oid and x.indisprimary), '')
  from pg_catalog.pg_class c join pg_catalog.pg_namespace n on n.oid = c.relnamespace
 where c.relkind in ('r', 'p', 'v', 'm', 'f') and n.nspname not in ('pg_catalog', 'information_schema', 'pg_toast')
   and left(n.nspname, 7) <> 'pg_temp' and has_table_privilege(c.oid, 'select')
 order by 1, 2 limit 1000
