-- The types of a database for supabase-js, as @supabase/postgres-meta has them: its rules of what is null, what may be
-- left out, which functions can be called and what embeds. Order matters in Relationships alone, which is a tuple.
-- $1 schemas text[]. Returns for each that there is, in order: its name, the body of its type, its enums as constants
-- (all text)
with recursive spaces as materialized (
  select n.oid, n.nspname::text as name from pg_namespace n where n.nspname = any ($1::text[])
),
relations as materialized (
  select c.oid, c.relname::text as name, s.name as space, c.relkind, c.reltype,
         case when c.relkind in ('r', 'p', 'f') then 'Tables' else 'Views' end as kind
    from pg_class c join spaces s on s.oid = c.relnamespace
   where c.relkind in ('r', 'p', 'f', 'v', 'm')
     and (pg_has_role(c.relowner, 'usage') or has_any_column_privilege(c.oid, 'select, insert, update, references'))
),
enums as materialized (
  select t.oid, t.typname::text as name, n.nspname::text as space,
         array_agg(to_json(e.enumlabel::text)::text order by e.enumsortorder) as labels
    from pg_enum e join pg_type t on t.oid = e.enumtypid join pg_namespace n on n.oid = t.typnamespace
   group by t.oid, n.nspname
),
named as (
  select t.oid, t.typname::text as name, case t.typname when 'bool' then 'boolean' when 'json' then 'Json'
           when 'jsonb' then 'Json' when 'void' then 'undefined' when 'record' then 'Record<string, unknown>'
           else case
             when t.typname in ('int2', 'int4', 'int8', 'float4', 'float8', 'numeric') then 'number'
             when t.typname in ('bytea', 'bpchar', 'varchar', 'date', 'text', 'citext', 'time', 'timetz', 'timestamp',
                                'timestamptz', 'uuid', 'vector', 'interval') then 'string'
             when e.oid is not null and s.oid is null then array_to_string(e.labels, ' | ')
             when e.oid is not null then format('Database[%s]["Enums"][%s]', to_json(s.name), to_json(e.name))
             when r.oid is not null
             then format('Database[%s]["%s"][%s]["Row"]', to_json(r.space), r.kind, to_json(r.name))
             when c.relkind = 'c' and s.oid is not null
             then format('Database[%s]["CompositeTypes"][%s]', to_json(s.name), to_json(t.typname::text))
             else 'unknown' end end as ts
    from pg_type t
    left join spaces s on s.oid = t.typnamespace
    left join enums e on e.oid = t.oid
    left join relations r on r.reltype = t.oid
    left join pg_class c on c.oid = t.typrelid
),
types as materialized (
  -- An array is known by its name.
  select t.oid, coalesce('(' || e.ts || ')[]', case when t.typname like E'\\_%' then '(unknown)[]' end, n.ts) as ts
    from pg_type t
    join named n on n.oid = t.oid
    left join named e on t.typname like E'\\_%' and e.oid = t.typelem and e.name = substr(t.typname, 2)
),
columns as materialized (
  select a.attrelid as relation, a.attname::text as name, to_json(a.attname::text)::text as key, t.ts, t.typed,
         t.free, a.attidentity <> '' as counts, a.attidentity = 'a' or a.attgenerated <> '' as never,
         t.free or a.attidentity <> '' or a.atthasdef as optional,
         case when r.relkind = 'v' then pg_column_is_updatable(r.oid, a.attnum, false) or exists (
                select from pg_trigger g where g.tgrelid = r.oid and g.tgtype & 64 <> 0 and g.tgtype & 20 <> 0
                   and not g.tgisinternal) or exists (
                select from pg_rewrite w where w.ev_class = r.oid and w.is_instead and w.ev_type in ('2', '3')
                   and w.ev_qual::text = '<>') else true end as writable
    from relations r
    join pg_attribute a on a.attrelid = r.oid and a.attnum > 0 and not a.attisdropped
    join pg_type p on p.oid = a.atttypid
   cross join lateral (
     select y.ts, f.free,
            case when y.ts = 'Json' and not f.free then 'NonNullable<Json>'
                 when y.ts = 'unknown' or not f.free then y.ts else y.ts || ' | null' end as typed
       from types y, (select not (a.attnotnull or p.typtype = 'd' and p.typnotnull) as free) f
      where y.oid = case p.typtype when 'd' then p.typbasetype else p.oid end) t
   where pg_has_role((select c.relowner from pg_class c where c.oid = r.oid), 'usage')
      or has_column_privilege(r.oid, a.attnum, 'select, insert, update, references')
),
rows as materialized (
  select r.oid, string_agg(format('          %s: %s', c.key, c.typed), E'\n' order by c.name collate "C") as fields
    from relations r join columns c on c.relation = r.oid group by r.oid
),
arguments as materialized (
  select p.oid as function, a.place, coalesce(p.proargnames[a.place], '') as name, a.type,
         coalesce(p.proargmodes[a.place]::text, 'i') as mode, y.ts, n.name as type_name, k.typrelid as relation,
         a.place <= p.pronargs and a.place > p.pronargs - p.pronargdefaults as has_default
    from pg_proc p join spaces s on s.oid = p.pronamespace
   cross join lateral unnest(coalesce(p.proallargtypes, p.proargtypes::oid[])) with ordinality a (type, place)
    join types y on y.oid = a.type join named n on n.oid = a.type join pg_type k on k.oid = a.type
   where p.prokind = 'f'
),
functions as materialized (
  select p.oid, p.proname::text as name, s.name as space, p.proretset as many, i.*, k.ts as returns, o.name as to_name,
         p.prorettype, p.proretset and coalesce(nullif(p.prorows, 0), 0) > 1 as several, t.typrelid as returned,
         pg_get_function_arguments(p.oid) as words
    from pg_proc p
    join spaces s on s.oid = p.pronamespace
    join pg_type t on t.oid = p.prorettype
    join types y on y.oid = p.prorettype
    left join pg_class c on c.oid = t.typrelid
    left join lateral (
      select t.typname::text as name where t.typrelid <> 0 and c.relkind in ('c', 'r', 'v', 'm', 'p', 'f')) o on true
   cross join lateral (
     select count(*) filter (where a.mode in ('i', 'b', 'v')) as given, count(*) as args,
            count(*) filter (where a.mode in ('i', 'b', 'v') and a.name = '') as unnamed,
            bool_and(a.name <> '' or a.has_default and a.type in (114, 3802, 25))
              filter (where a.mode in ('i', 'b', 'v')) as defaulted,
            min(a.type::bigint) filter (where a.mode in ('i', 'b', 'v')) as first_type,
            min(a.name) filter (where a.mode in ('i', 'b', 'v')) as first_name,
            min(nullif(a.relation, 0)::bigint) filter (where a.mode in ('i', 'b', 'v')) as taken,
            min(nullif(a.relation, 0)::bigint) as only_taken,
            string_agg(to_json(a.name)::text || case when a.has_default then '?' else '' end || ': ' || a.ts, '; '
                       order by a.name collate "C") filter (where a.mode in ('i', 'b', 'v')) as params,
            string_agg(to_json(a.name)::text || ': ' || a.ts, '; ' order by a.name collate "C")
              filter (where a.mode = 't') as outs
       from arguments a where a.function = p.oid) i
   cross join lateral (
     select coalesce('{ ' || i.outs || ' }', (select E'{\n' || w.fields || E'\n        }'
                                                from rows w join relations r on r.oid = w.oid
                                               where r.oid = t.typrelid and r.space = s.name), y.ts) as ts) k
   where p.prokind = 'f' and t.typname not in ('trigger', 'event_trigger')
),
callable as materialized (
  select f.*, f.given = 1 and f.unnamed = 1 and f.taken is not null and f.to_name is null as is_field,
         case when f.given = 0 and exists (
                select from functions o join arguments a on a.function = o.oid and a.mode in ('i', 'b', 'v')
                 where o.space = f.space and o.name = f.name and o.oid <> f.oid and o.given = 1 and a.name = ''
                   and a.has_default and a.type in (114, 3802, 25))
              then format('%s.%s(), %1$s.%2$s( => %s)', f.space, f.name, (
                select n.name from functions o join arguments a on a.function = o.oid and a.mode in ('i', 'b', 'v')
                  join named n on n.oid = o.prorettype
                 where o.space = f.space and o.name = f.name and o.oid <> f.oid and o.given = 1 and a.name = ''
                   and a.has_default and a.type in (114, 3802, 25) order by o.words collate "C" limit 1))
              when f.given = 1 and f.unnamed = 0 and exists (
                select from functions o where o.space = f.space and o.name = f.name and o.given = 1
                   and o.first_name = f.first_name and o.first_type <> f.first_type)
              then (select string_agg(format('%s.%s(%s => %s)', f.space, f.name, f.first_name, n.name), ', '
                                      order by o.first_type)
                      from functions o join named n on n.oid = o.first_type::oid
                     where o.space = f.space and o.name = f.name and o.given = 1 and o.first_name = f.first_name
                       and (o.oid = f.oid or o.first_type <> f.first_type)) end as conflict
    from functions f
   where f.given = 0 or f.unnamed = 0 or f.defaulted
      or f.given = 1 and f.unnamed = 1 and (f.first_type in (114, 3802, 25) or f.taken is not null)
),
signatures as (
  select c.space, c.name, string_agg(format(E'{\n        Args: %s\n        Returns: %s\n      }',
           case when c.given = 0 then 'Record<PropertyKey, never>' else '{ ' || c.params || ' }' end,
           case when c.conflict is not null then '{ error: true } & ' || to_json('Could not choose the best candidate '
                  'function between: ' || c.conflict || '. Try renaming the parameters or the function itself in the '
                  'database so function overloading can be resolved') || s.suffix
                when c.is_field then '{ error: true } & ' || to_json(format('the function %s.%s with parameter or with '
                  'a single unnamed json/jsonb parameter, but no matches were found in the schema cache', c.space,
                  c.name)) || s.suffix
                else c.returns || s.suffix end), ' | ' order by c.words collate "C") as text
    from callable c
   cross join lateral (
     select case when c.many and (c.several or c.to_name is null) then '[]' else '' end
            || case when c.to_name is null then '' else format(
                 E'\n        SetofOptions: { from: %s; to: %s; isOneToOne: %s; isSetofReturn: %s }',
                 case when c.args = 1 and c.only_taken is not null
                      then to_json((select case n.nspname when 'public' then quote_ident(g.relname)
                                                else format('%I.%I', n.nspname, g.relname) end
                                      from pg_class g join pg_namespace n on n.oid = g.relnamespace
                                     where g.oid = c.only_taken::oid))::text else '"*"' end,
                 to_json(c.to_name), (not c.several)::text, c.many::text) end as suffix) s
   group by c.space, c.name
),
-- A column of a view is that of a table whose entry in the outermost list of its definition says so.
entries as (
  select r.oid as view, (m.t[3])::smallint as place, (m.t[4])::oid as origin, (m.t[5])::smallint as origin_place
    from relations r
    join pg_rewrite w on w.ev_class = r.oid
   cross join lateral (
     select x.t, sum(case x.t[1] when '{' then 1 when '}' then -1 else 0 end) over (order by x.place) as depth
       from regexp_matches(regexp_replace(w.ev_action::text, E'\\\\.', '', 'g'), E'([{}])|( :resno ([0-9]+) :resname '
              '[^ ]+ :ressortgroupref [0-9]+ :resorigtbl ([0-9]+) :resorigcol ([0-9]+))', 'g')
            with ordinality x (t, place)) m
   where r.relkind in ('v', 'm') and m.t[2] is not null and m.depth = 2
),
origins (view, place, origin, origin_place, path) as (
  select e.view, e.place, e.origin, e.origin_place, array[e.origin] from entries e
   union all
  select o.view, o.place, e.origin, e.origin_place, o.path || e.origin
    from origins o join entries e on e.view = o.origin and e.place = o.origin_place
   where e.origin <> all (o.path)
),
keys as (
  select k.oid, k.conname::text as name, k.conrelid, k.confrelid, k.conkey, k.confkey, o.relname::text as target,
         t.relnamespace = o.relnamespace as near,
         exists (select from pg_constraint u
                  where u.conrelid = k.conrelid and u.contype in ('p', 'u') and u.connamespace = k.connamespace
                    and array(select p from unnest(u.conkey) p order by p) = k.conkey) as single
    from pg_constraint k
    join pg_class t on t.oid = k.conrelid join spaces s on s.oid = t.relnamespace
    join pg_class o on o.oid = k.confrelid
   where k.contype = 'f' and k.conparentid = 0
),
-- Each way in which a relation has all columns of a side of a key: a table its own, a view those that it shows.
ways (key, side, relation, places, upto) as (
  select k.oid, x.side, x.relation, x.places, cardinality(x.places) from keys k
   cross join lateral (values (1, k.conrelid, k.conkey), (2, k.confrelid, k.confkey)) x (side, relation, places)
   union all
  select v.key, v.side, v.view, v.places, v.upto from (
    with recursive shown (key, side, view, places, upto, wanted, origin) as (
      select k.oid, x.side, r.oid, '{}'::smallint[], 0, x.places, x.relation from keys k
       cross join lateral (values (1, k.conrelid, k.conkey), (2, k.confrelid, k.confkey)) x (side, relation, places)
       cross join relations r
       where r.relkind in ('v', 'm')
         and exists (select from origins o where o.view = r.oid and o.origin = x.relation)
       union all
      select h.key, h.side, h.view, h.places || o.place, h.upto + 1, h.wanted, h.origin
        from shown h join origins o on o.view = h.view and o.origin = h.origin and o.origin_place = h.wanted[h.upto + 1]
    )
    select h.* from shown h where h.upto = cardinality(h.wanted)) v
),
relationships as (
  select f.relation, string_agg(format(E'          {\n            foreignKeyName: %s\n            columns: %s\n'
           '            isOneToOne: %s\n            referencedRelation: %s\n            referencedColumns: %s\n'
           '          }',
           to_json(k.name), f.names, k.single::text, to_json(tc.relname::text), t.names), E',\n'
           order by translate(lower(k.name), '_', ' ') collate "C", translate(lower(tc.relname), '_', ' ') collate "C",
                    translate(lower(t.names), '_', ' ') collate "C", f.places, t.places) as text
    from keys k
    join lateral (
      select w.relation, w.places, to_json(array(
               select a.attname::text from unnest(w.places) with ordinality p (place, n)
                 join pg_attribute a on a.attrelid = w.relation and a.attnum = p.place
                order by p.n))::text as names
        from ways w where w.key = k.oid and w.side = 1) f on true
    join lateral (
      select w.relation, w.places, to_json(array(
               select a.attname::text from unnest(w.places) with ordinality p (place, n)
                 join pg_attribute a on a.attrelid = w.relation and a.attnum = p.place
                order by p.n))::text as names
        from ways w where w.key = k.oid and w.side = 2) t on true
    join pg_class fc on fc.oid = f.relation join pg_class tc on tc.oid = t.relation
   where fc.relnamespace = tc.relnamespace
   group by f.relation
),
bodies as (
  select r.space, r.kind, r.name, format(E'      %s: {\n        Row: {\n%s%s\n        }\n%s        Relationships: '
           '[%s]\n      }', to_json(r.name), w.fields,
           (select string_agg(format(E'\n          %s: %s', to_json(f.name), f.returns
                                     || case f.returns when 'unknown' then '' else ' | null' end), '' order by f.name)
              from callable f where f.space = r.space and f.given = 1 and f.taken = r.oid::bigint),
           case when r.kind = 'Tables' or pg_relation_is_updatable(r.oid, true) & 8 <> 0 and r.relkind = 'v'
                then format(E'        Insert: {\n%s\n        }\n', i.inserted) else '' end
           || case when r.kind = 'Tables' or pg_relation_is_updatable(r.oid, true) & 4 <> 0 and r.relkind = 'v'
                   then format(E'        Update: {\n%s\n        }\n', i.updated) else '' end,
           coalesce(E'\n' || h.text || E'\n        ', '')) as text
    from relations r
    join rows w on w.oid = r.oid
    left join relationships h on h.relation = r.oid
   cross join lateral (
     select string_agg(format('          %s?: %s', c.key,
              case when r.kind = 'Views' and not c.writable or c.never then 'never'
                   when r.kind = 'Views' then c.ts || case c.ts when 'unknown' then '' else ' | null' end
                   else c.typed end), E'\n' order by c.name collate "C") as updated,
            string_agg(format('          %s%s: %s', c.key,
              case when r.kind = 'Views' or c.never or c.optional then '?' end,
              case when r.kind = 'Views' and not c.writable or r.kind = 'Tables' and c.never then 'never'
                   when r.kind = 'Views' then c.ts || case c.ts when 'unknown' then '' else ' | null' end
                   else c.typed end), E'\n' order by c.name collate "C") as inserted
       from columns c where c.relation = r.oid) i
)
select s.name, format(E'    Tables: {\n%s\n    }\n    Views: {\n%s\n    }\n    Functions: {\n%s\n    }\n    Enums: {\n'
         '%s\n    }\n    CompositeTypes: {\n%s\n    }', coalesce(b.tables, x.none), coalesce(b.views, x.none),
         coalesce((select string_agg(format('      %s: %s', to_json(g.name), g.text), E'\n' order by g.name collate "C")
                     from signatures g where g.space = s.name), x.none),
         coalesce((select string_agg(format('      %s: %s', to_json(e.name), array_to_string(e.labels, ' | ')), E'\n'
                                     order by e.name collate "C") from enums e where e.space = s.name), x.none),
         coalesce((select string_agg(format(E'      %s: {\n%s\n      }', to_json(c.relname::text), f.fields), E'\n'
                                     order by c.relname collate "C")
                     from pg_class c
                    cross join lateral (
                      select string_agg(format('        %s: %s', to_json(a.attname::text),
                                               y.ts || case y.ts when 'unknown' then '' else ' | null' end), E'\n'
                                        order by a.attname collate "C") as fields
                        from pg_attribute a join types y on y.oid = a.atttypid
                       where a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped) f
                    where c.relnamespace = s.oid and c.relkind = 'c' and f.fields is not null), x.none)),
       coalesce((select string_agg(format('      %s: [%s]', to_json(e.name), array_to_string(e.labels, ', ')), E',\n'
                                   order by e.name collate "C") from enums e where e.space = s.name), '')
  from spaces s
 cross join (select '      [_ in never]: never' as none) x
 cross join lateral (
   select string_agg(b.text, E'\n' order by b.name collate "C") filter (where b.kind = 'Tables') as tables,
          string_agg(b.text, E'\n' order by b.name collate "C") filter (where b.kind = 'Views') as views
     from bodies b where b.space = s.name) b
 order by s.name collate "C"
