-- What holds for every object of every system. Objects of extensions are not ours.
select plan(14);
create temp view ours as
  select oid, nspname from pg_namespace
   where nspname in ('public', 'nova', 'nova_queue', 'pgmq', 'pgmq_public', 'auth');
create temp view our_functions as
  select p.oid, p.oid::regprocedure::text as name, n.nspname, p.proconfig, p.prosecdef, p.prorettype from pg_proc p
    join ours n on n.oid = p.pronamespace
   where not exists (select from pg_depend d
                      where d.objid = p.oid and d.classid = 'pg_proc'::regclass and d.deptype = 'e');
create temp view our_tables as
  select c.oid, c.oid::regclass::text as name, n.nspname, c.relkind, c.relrowsecurity from pg_class c
    join ours n on n.oid = c.relnamespace
   where c.relkind in ('r', 'p', 'v', 'm')
     and not exists (select from pg_depend d
                      where d.objid = c.oid and d.classid = 'pg_class'::regclass and d.deptype = 'e')
     and c.oid::regclass::text !~ '^pgmq[.][qa]_';

select ok((select count(*) from our_functions) > 100 and (select count(*) from our_tables) > 10,
          'there are functions and tables');
-- Without pg_temp in it a search_path looks there first, also for types:
-- `text` would be whatever the caller made of it. A body of SQL's own syntax was bound when it was made, and looks for
-- nothing.
select is_empty($$select f.name from our_functions f join pg_proc p using (oid)
                   where not coalesce('search_path=pg_catalog, pg_temp' = any (f.proconfig), false)
                     and p.prosqlbody is null$$,
                'every function has a fixed search_path, in which the caller''s temporary objects come last');
select is_empty($$select name from our_functions f join pg_proc p using (oid)
                    where position(chr(92) in regexp_replace(p.prosrc, 'E''[^'']*''', '', 'g')) > 0$$,
                'no literal of a function depends on standard_conforming_strings');
select is_empty($$select name from our_functions
                   where nspname = 'public' and obj_description(oid, 'pg_proc') not like '%(Nova)'
                   union all select name from our_tables where nspname = 'public' and not nova.is_marked(oid)$$,
  'what is in public is marked as Nova''s: its migration names it in nova.expect_names and ends with nova.mark_names');
select is_empty($$select name from our_functions where obj_description(oid, 'pg_proc') is null$$,
                'every function has a comment');
select is_empty($$select name from our_tables where obj_description(oid, 'pg_class') is null$$,
                'every table and view has a comment');
select is_empty($$select name from our_tables
                   where nspname = 'public' and relkind in ('r', 'p') and not relrowsecurity$$,
                'every table that an API could show has row-level security');
select is_empty($$select name, r from our_functions, unnest(array['anon', 'authenticated']) r
                   where nspname = 'public' and prorettype <> 'trigger'::regtype
                     and has_function_privilege(r, oid, 'execute')
                     and (r = 'anon' or name !~ '^(mail_|thread_messages|message_thread)')$$,
  'no function in public is for a browser, but what lists the mail of a user who signed in');
select is_empty($$select name, r from our_tables, unnest(array['anon', 'authenticated']) r
                   where nspname = 'public' and relkind in ('r', 'p')
                     and (has_table_privilege(r, oid, 'insert') or has_table_privilege(r, oid, 'update')
                          or has_table_privilege(r, oid, 'delete') or has_table_privilege(r, oid, 'truncate'))
                     and (r = 'anon' or has_table_privilege(r, oid, 'truncate')
                          or 4 > (select count(distinct polcmd) from pg_policy where polrelid = our_tables.oid))$$,
  'no table in public is written by a browser, but with a policy for each command by a user who signed in');
select is_empty($$select c.oid::regclass, r from pg_class c, unnest(array['anon', 'authenticated']) r
                   where relkind = 'S' and relnamespace in (select oid from ours where nspname <> 'auth')
                     and has_sequence_privilege(r, c.oid, 'usage, select, update')$$, 'no sequence is for a browser');
select is_empty($$select f.name from our_functions f
                    join pg_proc p using (oid), aclexplode(coalesce(p.proacl, acldefault('f', p.proowner))) a
                   where a.grantee = 0 and f.nspname in ('public', 'nova', 'nova_queue', 'pgmq_public')$$,
                'no function is for everybody');
select is_empty($$select nspname, r from ours, unnest(array['anon', 'authenticated']) r
                   where nspname not in ('public', 'auth') and has_schema_privilege(r, oid, 'usage')$$,
                'the other schemas are closed to it');
select is_empty($$select name from our_tables t
                   where relkind = 'v' and nspname = 'public'
                     and not coalesce((select reloptions @> '{security_invoker=true}' from pg_class c
                                        where c.oid = t.oid), false)$$,
                'a view that users query shows what its caller may see');
select is_empty($$select name, r from our_tables, unnest(array['anon', 'authenticated']) r
                   where relkind = 'm' and has_table_privilege(r, oid, 'select')$$,
                'materialized views, which policies do not reach, are closed to browsers');
select * from finish();
