-- Of a table in any database. $1 schema, $2 table. Returns one row, or none where there is no such table: the
-- columns of its primary key text[], those of each unique index without a condition text[] (names joined by a
-- tab), about how many rows it has bigint (-1: unknown), whether row-level security hides rows from this role
-- boolean
select coalesce((select array_agg(a.attname::text order by k.n) from pg_catalog.pg_index x
                   cross join unnest(x.indkey::smallint[]) with ordinality k (attnum, n)
                   join pg_catalog.pg_attribute a on a.attrelid = c.oid and a.attnum = k.attnum
                  where x.indrelid = c.oid and x.indisprimary), '{}'),
       array(select (select string_agg(a.attname, E'\t' order by a.attname)
                       from unnest(x.indkey::smallint[]) k (attnum)
                       join pg_catalog.pg_attribute a on a.attrelid = c.oid and a.attnum = k.attnum)
               from pg_catalog.pg_index x
              where x.indrelid = c.oid and x.indisunique and x.indimmediate and x.indisvalid and x.indpred is null
                and x.indexprs is null),
       c.reltuples::bigint,
       row_security_active(c.oid)
  from pg_catalog.pg_class c join pg_catalog.pg_namespace n on n.oid = c.relnamespace
 where n.nspname = $1::text and c.relname = $2::text and c.relkind in ('r', 'p', 'v', 'm', 'f')
