-- Of a table in any database. $1 schema, $2 table. Returns for each column, in order: name, type without its
-- length, whether two values can be compared boolean, whether it is generated or always an identity boolean,
-- whether it may be null boolean
select a.attname::text, format_type(a.atttypid, null),
       t.typtype = 'e' or exists (select from pg_catalog.pg_opclass o
                                    join pg_catalog.pg_am m on m.oid = o.opcmethod
                                   where m.amname = 'btree' and o.opcdefault
                                     and o.opcintype in (a.atttypid, t.typbasetype,
                                           case when a.atttypid = 'varchar'::regtype then 'text'::regtype end)),
       a.attgenerated <> '' or a.attidentity = 'a', not a.attnotnull
  from pg_catalog.pg_attribute a
  join pg_catalog.pg_class c on c.oid = a.attrelid
  join pg_catalog.pg_namespace n on n.oid = c.relnamespace
  join pg_catalog.pg_type t on t.oid = a.atttypid
 where n.nspname = $1::text and c.relname = $2::text and a.attnum > 0 and not a.attisdropped
 order by a.attnum
