-- What is in a database, one line an object, for comparison; without what PostgreSQL brings. Rights that were never
-- touched and rights that were given back look different in the catalog, so the default is filled in.
with ours as (select oid, nspname from pg_namespace where nspname !~ '^pg_' and nspname <> 'information_schema')
select line
  from (select 'role ' || rolname || ' ' || rolsuper || rolinherit || rolcanlogin || rolbypassrls || ' '
               || coalesce(shobj_description(oid, 'pg_authid'), '') as line
          from pg_roles where rolname !~ '^pg_'
         union all
        select format('member %s of %s', member::regrole, roleid::regrole) from pg_auth_members
         where not roleid::regrole::text ~ '^pg_'
         union all
        select 'extension ' || extname || ' ' || extversion from pg_extension
         union all
        select 'schema ' || nspname || ' ' || coalesce(n.nspacl, acldefault('n', n.nspowner))::text || ' '
               || coalesce(obj_description(n.oid, 'pg_namespace'), '')
          from pg_namespace n where oid in (select oid from ours)
         union all
        select format('relation %s.%s %s %s owner %s rights %s rls %s %s options %s: %s', nspname, relname, relkind,
                      relpersistence, relowner::regrole,
                      coalesce(relacl, acldefault(case relkind when 'S' then 's' else 'r' end::"char", relowner)),
                      relrowsecurity, relforcerowsecurity, reloptions, obj_description(c.oid, 'pg_class'))
          from pg_class c join ours n on n.oid = relnamespace
         union all
        select format('column %s.%s.%s %s %s null %s default %s %s %s: %s', nspname, relname, attname, attnum,
                      format_type(atttypid, atttypmod), not attnotnull, pg_get_expr(adbin, adrelid), attidentity,
                      attcompression, col_description(c.oid, attnum))
          from pg_attribute a join pg_class c on c.oid = attrelid join ours n on n.oid = relnamespace
         left join pg_attrdef d on adrelid = attrelid and adnum = attnum where attnum > 0 and not attisdropped
         union all
        select 'index ' || pg_get_indexdef(indexrelid) from pg_index join pg_class c on c.oid = indexrelid
          join ours n on n.oid = relnamespace
         union all
        select format('constraint %s on %s: %s %s', conname, conrelid::regclass, pg_get_constraintdef(c.oid),
                      obj_description(c.oid, 'pg_constraint'))
          from pg_constraint c join ours n on n.oid = connamespace
         union all
        -- Without parentheses: those of `a or b or c` are others after a dump.
        select 'trigger ' || translate(pg_get_triggerdef(t.oid), '()', '')
          from pg_trigger t join pg_class c on c.oid = tgrelid
          join ours n on n.oid = relnamespace where not tgisinternal
         union all
        select format('policy %s on %s %s %s to %s using %s check %s', polname, polrelid::regclass, polcmd,
                      polpermissive, polroles::regrole[], pg_get_expr(polqual, polrelid),
                      pg_get_expr(polwithcheck, polrelid))
          from pg_policy
         union all
        select format('view %s.%s: %s', nspname, relname, pg_get_viewdef(c.oid)) from pg_class c
          join ours n on n.oid = relnamespace
         where relkind in ('v', 'm')
         union all
        select format('function %s.%s(%s) returns %s rights %s owner %s %s: %s', nspname, proname,
                      pg_get_function_arguments(p.oid), pg_get_function_result(p.oid),
                      coalesce(proacl, acldefault('f', proowner)), proowner::regrole, obj_description(p.oid, 'pg_proc'),
                      case when prokind in ('f', 'p') then md5(pg_get_functiondef(p.oid)) end)
          from pg_proc p join ours n on n.oid = pronamespace
         where not exists (select from pg_depend
                            where classid = 'pg_proc'::regclass and objid = p.oid and deptype = 'e')
         union all
        select format('type %s.%s %s: %s', nspname, typname, typtype, obj_description(t.oid, 'pg_type'))
          from pg_type t join ours n on n.oid = typnamespace
         union all
        select format('enum value %s %s %s', enumtypid::regtype, enumsortorder, enumlabel) from pg_enum
         union all
        select format('default rights of %s in %s %s: %s', defaclrole::regrole, defaclnamespace::regnamespace,
                      defaclobjtype, defaclacl)
          from pg_default_acl
         union all
        select format('event trigger %s %s %s', evtname, evtevent, evtfoid::regproc) from pg_event_trigger
         union all
        select format('publication %s', pubname) from pg_publication
         union all
        select format('setting of %s in %s: %s', setrole::regrole, datname, setconfig)
          from pg_db_role_setting left join pg_database d on d.oid = setdatabase
         union all
        select 'operator ' || oid::regoperator from pg_operator where oprnamespace in (select oid from ours)
         union all
        select format('text search configuration %s.%s', nspname, cfgname) from pg_ts_config
          join ours n on n.oid = cfgnamespace) lines
order by line collate "C"
