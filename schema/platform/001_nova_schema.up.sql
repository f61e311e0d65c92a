-- The schema that holds what is Nova's own business; tables that users query are in public.
-- What Nova makes where others have things too (tables, views and functions in public, and its
-- schemas) says so at the end of its comment: (Nova). Only that is ever replaced or dropped; it is
-- how files that were pasted by hand are known too.
do $$
begin
  if coalesce(obj_description(to_regnamespace('nova')::oid, 'pg_namespace'), '') not like '%(Nova)%'
     and exists (select from pg_catalog.pg_class c
                  where c.relnamespace = to_regnamespace('nova') and c.relname !~ '^schema_migrations') then
    raise exception 'schema nova is there and is not Nova''s'
      using errcode = '42710', hint = 'Rename it, or give Nova a database of its own.';
  end if;
end
$$;
create schema if not exists nova;
comment on schema nova is 'Functions and tables that only Nova itself uses. (Nova)';

create or replace function nova.is_marked(p_relation oid) returns boolean
language sql stable set search_path = pg_catalog, pg_temp as $$
  select coalesce(obj_description(p_relation, 'pg_class'), '') like '%(Nova)'
    or exists (select from pg_index i
                where i.indexrelid = p_relation and obj_description(i.indrelid, 'pg_class') like '%(Nova)')
    or exists (select from pg_depend d
                where d.classid = 'pg_class'::regclass and d.objid = p_relation and d.refclassid = 'pg_class'::regclass
                  and d.refobjid <> p_relation and d.deptype in ('a', 'i')
                  and obj_description(d.refobjid, 'pg_class') like '%(Nova)')
$$;
comment on function nova.is_marked(oid) is
  'Whether a table or view is Nova''s, or an index or sequence of such a table.';

create or replace function nova.is_foreign(p_table text) returns boolean
language sql stable set search_path = pg_catalog, pg_temp as $$
  select exists (select from pg_class c
                  where c.relnamespace = 'public'::regnamespace and c.relname = p_table and not nova.is_marked(c.oid))
$$;
comment on function nova.is_foreign(text) is 'Whether there is a table of that name in public that is not Nova''s.';

create or replace function nova.whose(p_class text, p_object oid) returns text
language sql stable set search_path = pg_catalog, pg_temp as $$
  select coalesce(
    (select ' of extension ' || e.extname from pg_depend d join pg_extension e on e.oid = d.refobjid
      where d.classid = p_class::regclass and d.objid = p_object and d.deptype = 'e'),
    ' of role ' || case p_class
      when 'pg_proc' then (select p.proowner::regrole from pg_proc p where p.oid = p_object)
      when 'pg_namespace' then (select n.nspowner::regrole from pg_namespace n where n.oid = p_object)
      else (select c.relowner::regrole from pg_class c where c.oid = p_object) end, '')
$$;
comment on function nova.whose(text, oid) is
  'The extension or the role that an object of a catalog belongs to, as words.';

create or replace function nova.role_to_make(p_role text) returns text
language sql stable set search_path = pg_catalog, pg_temp as $$
  select format('create role %I nologin noinherit%s', p_role,
                case p_role when 'service_role' then ' bypassrls' else '' end)
$$;
comment on function nova.role_to_make(text) is 'The statement that makes one of the roles of Supabase''s API.';

create or replace function nova.taken_names(variadic p_names text[]) returns setof text
language sql stable set search_path = pg_catalog, pg_temp as $$
  with names as (
    select n.name, n.ord, substring(n.name from '^schema (.*)$') as schema,
           substring(n.name from '^role (.*)$') as role,
           substring(n.name from '^([a-z0-9_]+)[(][)]$') as function, substring(n.name from '^[a-z0-9_]+') as relation,
           regexp_split_to_array(substring(n.name from '[(](.+)[)]$'), '[[:space:]]+') as columns
      from unnest(p_names) with ordinality n (name, ord)
  ), presupposed as (
    select n.relation, n.columns, n.ord, to_regclass(format('public.%I', n.relation)) as there,
           nova.is_foreign(n.relation) as strange
      from names n where n.columns is not null
  )
  select t.what from (
    select n.ord, 'schema ' || s.nspname || nova.whose('pg_namespace', s.oid) as what
      from names n join pg_namespace s on s.nspname = n.schema
     where coalesce(obj_description(s.oid, 'pg_namespace'), '') not like '%(Nova)%'
    union all
    select n.ord, format('role %s, which is missing and which role %s may not make: %s', n.role, current_user,
                         nova.role_to_make(n.role))
      from names n
     where n.role is not null and to_regrole(n.role) is null
       and not exists (select from pg_roles r where r.rolname = current_user and (r.rolcreaterole or r.rolsuper))
    union all
    select n.ord, format('function public.%s(%s)%s', p.proname, pg_get_function_identity_arguments(p.oid),
                         nova.whose('pg_proc', p.oid)) from names n
      join pg_proc p on p.pronamespace = 'public'::regnamespace and p.proname = n.function
     where coalesce(obj_description(p.oid, 'pg_proc'), '') not like '%(Nova)'
    union all
    select n.ord,
           format('%s public.%s%s',
             case c.relkind
               when 'v' then 'view'
               when 'm' then 'materialized view'
               when 'i' then 'index'
               when 'S' then 'sequence'
               when 'c' then 'type' else 'table' end, c.relname, nova.whose('pg_class', c.oid))
      from names n join pg_class c on c.relnamespace = 'public'::regnamespace and c.relname = n.relation
     where n.schema is null and n.role is null and n.function is null and n.columns is null
       and not nova.is_marked(c.oid)
    union all
    select p.ord,
           format('table public.%s%s, which is used as it is but lacks the columns %s', p.relation,
                  nova.whose('pg_class', p.there), string_agg(w.name, ', ' order by w.name))
      from presupposed p cross join unnest(p.columns) w (name)
     where p.strange
       and not exists (select from pg_attribute a
                        where a.attrelid = p.there and a.attname = w.name and not a.attisdropped)
     group by p.ord, p.relation, p.there
    union all
    select p.ord,
           format('table public.%s, which is missing beside your own %s', p.relation,
                  (select string_agg('public.' || o.relation, ', ') from presupposed o where o.strange))
      from presupposed p where p.there is null and exists (select from presupposed o where o.strange)) t
   order by t.ord, t.what
$$;
comment on function nova.taken_names(text[]) is
  'What stands in the way of these names, and whose it is: a relation in public, a function in it f(), a schema s, a '
  'role r that is missing and cannot be made, or a table that is used as it is when it has the columns, t(a b).';

create or replace function nova.adopted_names(variadic p_names text[]) returns setof text
language sql stable set search_path = pg_catalog, pg_temp as $$
  select 'table public.' || c.relname || nova.whose('pg_class', c.oid)
    from unnest(p_names) with ordinality n (name, ord)
    join pg_class c on c.relnamespace = 'public'::regnamespace and c.relname = substring(n.name from '^[a-z0-9_]+')
   where n.name ~ '[(].+[)]$' and nova.is_foreign(c.relname)
   order by n.ord
$$;
comment on function nova.adopted_names(text[]) is
  'Which of these names are tables of somebody else''s that are used as they are, and whose.';

create or replace function nova.new_names(variadic p_names text[]) returns setof text
language sql stable set search_path = pg_catalog, pg_temp as $$
  select n.name from unnest(p_names) with ordinality n (name, ord)
   where case
     when n.name ~ '^schema ' then to_regnamespace(substring(n.name from 8)) is null
     when n.name ~ '^role ' then to_regrole(substring(n.name from 6)) is null
     when n.name ~ '[(][)]$' then not exists (
       select from pg_proc p
        where p.pronamespace = 'public'::regnamespace and p.proname = substring(n.name from '^[a-z0-9_]+'))
     else to_regclass('public.' || substring(n.name from '^[a-z0-9_]+')) is null end
   order by n.ord
$$;
comment on function nova.new_names(text[]) is 'Which of these names there are not yet.';

create or replace function nova.browsers() returns text
language sql stable set search_path = pg_catalog, pg_temp as $$
  select concat_ws(', ', 'public', string_agg(r.rolname, ', ' order by r.rolname))
    from pg_roles r where r.rolname in ('anon', 'authenticated')
$$;
comment on function nova.browsers() is
  'Everybody, and the roles of Supabase''s API that a browser has, where they are: from whom rights are taken.';

create or replace function nova.refuse_names(p_taken text[]) returns void
language plpgsql set search_path = pg_catalog, pg_temp as $$
begin
  if p_taken <> '{}' then
    raise exception 'taken by what is not Nova''s: %', array_to_string(p_taken, '; ') using errcode = '42710',
      hint = 'Nothing was changed. Rename what is in the way, or give Nova a database of its own. '
             'What is Nova''s has a comment that ends with (Nova).';
  end if;
end
$$;
comment on function nova.refuse_names(text[]) is 'Refuses (42710) what nova.taken_names has found.';

create or replace function nova.expect_names(variadic p_names text[]) returns void
language plpgsql set search_path = pg_catalog, pg_temp as $$
begin
  perform nova.refuse_names(array(select nova.taken_names(variadic p_names)));
  perform set_config('nova.names', p_names::text, false);
end
$$;
comment on function nova.expect_names(text[]) is
  'Every migration begins with it: refuses (42710) what is taken, see nova.taken_names, before anything is changed.';

create or replace function nova.mark_names() returns void
language plpgsql set search_path = pg_catalog, pg_temp as $$
declare
  v_statement text;
begin
  for v_statement in
    select format('comment on %s public.%I is %L',
                  case c.relkind when 'v' then 'view' when 'm' then 'materialized view' else 'table' end, c.relname,
                  concat_ws(' ', obj_description(c.oid, 'pg_class'), '(Nova)'))
      from unnest(current_setting('nova.names')::text[]) n
      join pg_class c on c.relnamespace = 'public'::regnamespace and c.relname = n
     where c.relkind in ('r', 'p', 'v', 'm') and not nova.is_marked(c.oid)
    union all
    select format('comment on function %s is %L', p.oid::regprocedure,
                  concat_ws(' ', obj_description(p.oid, 'pg_proc'), '(Nova)'))
      from unnest(current_setting('nova.names')::text[]) n
      join pg_proc p on p.pronamespace = 'public'::regnamespace and p.proname || '()' = n
     where coalesce(obj_description(p.oid, 'pg_proc'), '') not like '%(Nova)'
    union all
    -- Supabase gives its API roles everything in public; a browser needs no sequence and no function.
    select format('revoke all on %s from %s', o.what, nova.browsers())
      from unnest(current_setting('nova.names')::text[]) n
      cross join lateral (select format('sequence public.%I', c.relname) from pg_class c
                           where c.relnamespace = 'public'::regnamespace and c.relname = n and c.relkind = 'S'
                          union all
                          select format('function %s', p.oid::regprocedure) from pg_proc p
                           where p.pronamespace = 'public'::regnamespace and p.proname || '()' = n) o (what)
  loop
    execute v_statement;
  end loop;
end
$$;
comment on function nova.mark_names() is
  'Every migration ends with it: marks what it has made under the names of nova.expect_names as Nova''s, and '
  'closes its functions and sequences to browsers.';
revoke all on function nova.is_marked(oid), nova.is_foreign(text), nova.whose(text, oid), nova.role_to_make(text),
  nova.taken_names(text[]), nova.adopted_names(text[]), nova.new_names(text[]), nova.browsers(),
  nova.refuse_names(text[]), nova.expect_names(text[]), nova.mark_names() from public;

create or replace function nova.expect_equal_lengths(variadic p_lengths integer[]) returns void
language plpgsql set search_path = pg_catalog, pg_temp as $$
begin
  for i in 2..cardinality(p_lengths) loop
    if p_lengths[i] is distinct from p_lengths[1] then
      raise exception 'the arrays have % elements: the same number is needed', array_to_string(p_lengths, ', ', 'no')
        using errcode = '22023',
        hint = 'What belongs together, such as an id and its token, has the same place in each array.';
    end if;
  end loop;
end
$$;
comment on function nova.expect_equal_lengths(integer[]) is
  'Refuses (22023) arrays that are given side by side and are not of one length; null is an array that is missing.';

create or replace function nova.expect_lease(p_lease interval) returns void
language plpgsql set search_path = pg_catalog, pg_temp as $$
begin
  if p_lease is null then
    raise exception 'a lease has an end, it is not null'
      using errcode = '22023', hint = 'What is taken for ever is not given back when its worker ends.';
  end if;
end
$$;
comment on function nova.expect_lease(interval) is 'Refuses (22023) a lease that never ends.';
revoke all on function nova.expect_equal_lengths(integer[]), nova.expect_lease(interval) from public;
