-- $1 at most so many. The largest tables of public. Returns: table text, all of it bigint, the table bigint, its
-- indexes and long texts bigint, bytes of all tables bigint, tables bigint
select s.name, s.total, s.alone, s.total - s.alone, (sum(s.total) over ())::bigint, count(*) over ()
  from (select c.relname as name, pg_total_relation_size(c.oid) as total, pg_relation_size(c.oid) as alone
          from pg_catalog.pg_class c
         where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p', 'm')) s
 order by s.total desc, s.name limit $1::bigint
