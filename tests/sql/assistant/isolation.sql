-- Tenant isolation as a matrix: who asks × table × whose row × command × path, each with the answer that it must get:
-- a number of rows, or the SQLSTATE of a refusal. The statements are generated; each runs as the role, with the
-- claims, and is rolled back. What is not in it: whoever may run any SQL on a connection may also set
-- request.jwt.claims; PostgREST lets nobody do so.
set client_min_messages = warning;

create table actors (actor text, role text, sub text, tenant text);
insert into actors values
  ('anonymous', 'anon', null, null), ('nobody', 'authenticated', null, null),
  ('stranger', 'authenticated', 'unknown', null),
  ('user of a', 'authenticated', 'a-user', 'a'), ('admin of a', 'authenticated', 'a-admin', 'a'),
  ('user of b', 'authenticated', 'b-user', 'b'),
  ('the service', 'service_role', null, null), ('the service for a', 'service_role', 'a-user', 'a');
insert into tenants (id, name, slug) select t, t, t from unnest(array['a', 'b']) t;
insert into users (id, tenant_id, email, role)
select t || '-' || r, t, t || '-' || r || '@example.com', r
  from unnest(array['a', 'b']) t, unnest(array['user', 'admin']) r;
insert into conversations (id, tenant_id, user_id)
select t || '-conversation', t, t || '-user' from unnest(array['a', 'b']) t;
insert into messages (id, conversation_id, role, content)
select t || '-message', t || '-conversation', 'user', 'secret of ' || t from unnest(array['a', 'b']) t;
insert into feedback (id, message_id, user_id, rating)
select t || '-feedback', t || '-message', t || '-user', 1 from unnest(array['a', 'b']) t;
insert into usage_metrics (id, tenant_id, user_id, total_tokens)
select t || '-usage', t, t || '-user', 5 from unnest(array['a', 'b']) t;
refresh materialized view message_feedback_summary;
refresh materialized view monthly_usage_summary;

-- What each table calls its tenant, a column that an update may set, and a row of tenant %1$s that does not exist yet.
create table targets (t text, tenant text, id text, changed text, columns text, fresh text);
insert into targets values
  ('tenants', 'id', '%s', 'name', 'id, name, slug', $$'%1$s-new', 'n', '%1$s-new'$$),
  ('users', 'tenant_id', '%s-user', 'name', 'id, tenant_id, email', $$'%1$s-new', '%1$s', 'new@example.com'$$),
  ('conversations', 'tenant_id', '%s-conversation', 'title', 'id, tenant_id, user_id',
   $$'%1$s-new', '%1$s', '%1$s-user'$$),
  ('messages', 'tenant_id', '%s-message', 'content', 'id, tenant_id, conversation_id, role, content',
   $$'%1$s-new', '%1$s', '%1$s-conversation', 'user', 'x'$$),
  ('feedback', 'tenant_id', '%s-feedback', 'comment', 'id, tenant_id, message_id, user_id, rating',
   $$'%1$s-new', '%1$s', '%1$s-message', '%1$s-admin', -1$$),
  ('usage_metrics', 'tenant_id', '%s-usage', 'id', 'id, tenant_id, user_id, date',
   $$'%1$s-new', '%1$s', '%1$s-admin', '2026-01-01'$$);

-- Views and functions as an application would make them: with the caller's rights.
do $$
declare
  v record;
begin
  for v in select * from targets loop
    execute format('create view public.view_of_%s with (security_invoker = true) as select * from public.%1$s', v.t);
    execute format($q$create function public.read_%s(who text) returns setof public.%1$s
                      language sql as 'select * from public.%1$s where %s = who'$q$, v.t, v.tenant);
    execute format($q$create function public.insert_%s(p text) returns bigint
                      language plpgsql as $f$ declare n bigint; begin
      execute format('insert into public.%1$s (%s) select %%s', p);
      get diagnostics n = row_count; return n; end $f$ $q$, v.t, v.columns);
    execute format($q$create function public.update_%s(who text) returns bigint
                      language plpgsql as $f$ declare n bigint; begin
      update public.%1$s set %s = %2$s where id = who;
      get diagnostics n = row_count; return n; end $f$ $q$, v.t, v.changed);
    execute format($q$create function public.delete_%s(who text) returns bigint
                      language plpgsql as $f$ declare n bigint; begin
      delete from public.%1$s where id = who;
      get diagnostics n = row_count; return n; end $f$ $q$, v.t);
    execute format('grant select, insert, update, delete on public.view_of_%s to anon, authenticated, service_role',
                   v.t);
  end loop;
end
$$;

-- So cheap that the planner would like to ask it first; whoever gets a row to see says so at once.
create function public.peek(p_id text, p_wanted text) returns boolean language plpgsql cost 0.000001 as $$
begin
  if p_id = p_wanted then
    raise exception 'seen' using errcode = 'LEAK1';
  end if;
  return false;
end
$$;

-- Runs a statement as an actor, takes everything back, says how many rows it got or changed, or why it was refused. A
-- statement with one row of one column named n says it itself.
create function pg_temp.attempt(p_role text, p_sub text, p_statement text) returns text language plpgsql as $$
declare
  v_rows bigint;
begin
  perform set_config('request.jwt.claims', coalesce(jsonb_build_object('sub', p_sub, 'role', p_role)::text, ''), true);
  execute format('set local role %I', p_role);
  if p_statement ~ '^select .* as n($| from)' then
    execute p_statement into v_rows;
  else
    execute p_statement;
    get diagnostics v_rows = row_count;
  end if;
  raise exception using errcode = 'TAKEB', message = v_rows;
exception
  when sqlstate 'TAKEB' then return sqlerrm;
  when others then return sqlstate;
end
$$;

-- The paths. %1$s table, %2$s tenant column, %3$s the row's id, %4$s its tenant, %5$s changed column, %6$s columns,
-- %7$s fresh row, %8$s the other tenant
create table paths (command text, path text, statement text);
insert into paths values
  ('select', 'direct', 'select * from %1$s where %2$s = ''%4$s'' and id = ''%3$s'''),
  ('select', 'everything', 'select count(*) as n from %1$s where id = ''%3$s'' or (random() < 2 and id = ''%3$s'')'),
  ('select', 'join', 'select x.* from %1$s x join %1$s y using (id) where x.id = ''%3$s'''),
  ('select', 'outer join', 'select x.id from (values (''%3$s'')) v (id) join %1$s x on x.id = v.id'),
  ('select', 'CTE', 'with x as materialized (select * from %1$s) select * from x where id = ''%3$s'''),
  ('select', 'view', 'select * from view_of_%1$s where id = ''%3$s'''),
  ('select', 'function', 'select * from read_%1$s(''%4$s'') r where r.id = ''%3$s'''),
  ('select', 'exists', 'select 1 where exists (select from %1$s where id = ''%3$s'')'),
  ('select', 'leaky condition', 'select * from %1$s where peek(id, ''%3$s'')'),
  ('insert', 'direct', 'insert into %1$s (%6$s) values (%7$s)'),
  ('insert', 'CTE', 'with x as (insert into %1$s (%6$s) values (%7$s) returning id) select id from x'),
  ('insert', 'view', 'insert into view_of_%1$s (%6$s) values (%7$s)'),
  ('insert', 'function', 'select insert_%1$s(%9$L) as n'),
  ('insert', 'on conflict, new', 'insert into %1$s (%6$s) values (%7$s) on conflict (id) do nothing'),
  ('update', 'direct', 'update %1$s set %5$s = %5$s where id = ''%3$s'''),
  ('update', 'join', 'update %1$s x set %5$s = x.%5$s from %1$s y where x.id = y.id and y.id = ''%3$s'''),
  ('update', 'CTE', 'with x as (update %1$s set %5$s = %5$s where id = ''%3$s'' returning id) select id from x'),
  ('update', 'view', 'update view_of_%1$s set %5$s = %5$s where id = ''%3$s'''),
  ('update', 'function', 'select update_%1$s(''%3$s'') as n'),
  ('update', 'all rows',
   'with x as (update %1$s set %5$s = %5$s where true returning id) select id from x where id = ''%3$s'''),
  ('delete', 'direct', 'delete from %1$s where id = ''%3$s'''),
  ('delete', 'join', 'delete from %1$s x using %1$s y where x.id = y.id and y.id = ''%3$s'''),
  ('delete', 'CTE', 'with x as (delete from %1$s where id = ''%3$s'' returning id) select id from x'),
  ('delete', 'view', 'delete from view_of_%1$s where id = ''%3$s'''),
  ('delete', 'function', 'select delete_%1$s(''%3$s'') as n'),
  ('move', 'to the other tenant', 'update %1$s set %2$s = ''%8$s'' where id = ''%3$s'''),
  ('probe', 'on conflict do nothing', 'insert into %1$s (%6$s) values (%10$s) on conflict (id) do nothing'),
  ('probe', 'on conflict do update',
   'insert into %1$s (%6$s) values (%10$s) on conflict (id) do update set %5$s = excluded.%5$s'),
  ('truncate', 'direct', 'truncate %1$s cascade');

create table cells as
select a.actor, a.role, a.sub, a.tenant as own, v.t, w as whose, p.command, p.path,
       format(p.statement, v.t, v.tenant, format(v.id, w), w, v.changed, v.columns, format(v.fresh, w),
              case w when 'a' then 'b' else 'a' end, format(v.fresh, w),
              replace(format(v.fresh, case w when 'a' then 'b' else 'a' end),
                      '''' || case w when 'a' then 'b' else 'a' end || '-new''',
                      '''' || format(v.id, w) || '''')) as statement
  from actors a, targets v, unnest(array['a', 'b']) w, paths p;
alter table cells add expected text;

-- What must come out. `probe` inserts, with the id of a row of `whose`, a row of the other tenant.
update cells set expected = case
  when command = 'truncate' then '42501'
  when role = 'anon' then '42501'
  when path = 'leaky condition' then case when role = 'service_role' or own = whose then 'LEAK1' else '0' end
  when role = 'service_role' then case
    -- the key with the tenant in it keeps families together
    when command = 'move' then case t when 'tenants' then '23505' else '23503' end
    when command = 'probe' then case path when 'on conflict do nothing' then '0' else '1' end
    else '1' end
  when command = 'select' then case when own = whose then '1' else '0' end
  when t in ('tenants', 'users', 'usage_metrics') then '42501'
  when command = 'insert'
    then case when own = whose and (t <> 'feedback' or actor like 'admin%') then '1' else '42501' end
  when command in ('update', 'delete')
    then case when own = whose and (t <> 'feedback' or actor like 'user%') then '1' else '0' end
  when command = 'move' then case when own = whose and (t <> 'feedback' or actor like 'user%') then '42501' else '0' end
  when command = 'probe' and (own is null or own = whose) then '42501' -- the new row is none of the caller's
  when command = 'probe' and t = 'feedback' and actor like 'user%' then '42501' -- in the name of another user
  when command = 'probe' then case path when 'on conflict do nothing' then '0' else '42501' end
  end;

-- Foreign keys: a child of the caller's tenant with a parent of another's is refused as one with no parent at all.
create table probes (t text, statement text);
insert into probes values
  ('conversations', 'insert into conversations (tenant_id, user_id) values (''%1$s'', ''%2$s-user'')'),
  ('messages',
   $$insert into messages (tenant_id, conversation_id, role, content)
     values ('%1$s', '%2$s-conversation', 'user', 'x')$$),
  ('messages', 'insert into messages (conversation_id, role, content) values (''%2$s-conversation'', ''user'', ''x'')'),
  ('messages', 'update messages set conversation_id = ''%2$s-conversation'' where id = ''%1$s-message'''),
  ('feedback',
   $$insert into feedback (tenant_id, message_id, user_id, rating) values ('%1$s', '%2$s-message', '%1$s-admin', 1)$$),
  ('feedback', 'insert into feedback (message_id, user_id, rating) values (''%2$s-message'', ''%1$s-admin'', 1)');
insert into cells (actor, role, sub, own, t, whose, command, path, statement, expected)
select a.actor, a.role, a.sub, a.tenant, p.t, w, 'foreign key',
       case w when 'nowhere' then 'nobody''s' else 'another''s' end,
       format(p.statement, a.tenant, w),
       case when p.statement ~ '[(]message_id' or p.statement ~ '[(]conversation_id' then '42501' else '23503' end
  from actors a, probes p, unnest(array['a', 'b', 'nowhere']) w
 where a.actor in ('admin of a', 'user of b') and w <> a.tenant
   and (p.t <> 'feedback' or a.actor like 'admin%');

-- The rest of the surface.
insert into cells (actor, role, sub, own, t, whose, command, path, statement, expected)
select a.actor, a.role, a.sub, a.tenant, x.t, '-', x.command, x.path, x.statement,
       case when a.role = 'service_role' then x.service when a.role = 'anon' then '42501'
            when a.tenant is null then x.nobody else x.user_of_one end
  from actors a,
       (values
         ('message_feedback_summary', 'select', 'materialized view', 'select * from message_feedback_summary', '2',
          '42501', '42501'),
         ('monthly_usage_summary', 'select', 'materialized view', 'select * from monthly_usage_summary', '2', '42501',
          '42501'),
         ('message_feedback_summary', 'refresh', 'materialized view',
          'refresh materialized view message_feedback_summary', '42501', '42501', '42501'),
         ('current_day_usage', 'select', 'view', 'select * from current_day_usage', '2', '0', '1'),
         ('usage_metrics', 'function', 'increment_usage_metrics',
          'select 1 as n from increment_usage_metrics(gen_random_uuid(), gen_random_uuid(), current_date, 1, 1, 1)',
          '23503', '42501', '42501'),
         ('users', 'view', 'nova.caller', 'select * from nova.caller', '42501', '42501', '42501'),
         ('conversations', 'policy', 'alter', 'alter table conversations disable row level security', '42501', '42501',
          '42501'),
         ('conversations', 'policy', 'row_security off',
          'select set_config(''row_security'', ''off'', true) from conversations', '2', '0', '1'),
         ('users', 'count', 'everything', 'select * from users', '4', '0', '2'),
         ('tenants', 'count', 'everything', 'select * from tenants', '2', '0', '1'),
         ('messages', 'count', 'across tables',
          'select * from messages m join conversations c on true join feedback f on true', '8', '0', '1'))
    as x (t, command, path, statement, service, nobody, user_of_one);

select plan((select count(*)::integer from cells) + 2 * (select count(*)::integer from actors, targets) + 21);
select ok((select count(*) from cells) > 2500, 'the matrix is large');
select is((select count(*) from cells where expected is null), 0::bigint, 'and has an answer everywhere');
select is(pg_temp.attempt(role, sub, statement), expected,
          format('%s: %s of %s''s %s by %s', actor, command, whose, t, path))
  from cells order by actor, t, whose, command, path;
select is_empty('select * from cells where statement ~ ''%[0-9]'' ', 'no statement is left unfilled');
select is((select string_agg(id || content, ',' order by id) from messages),
          'a-messagesecret of a,b-messagesecret of b', 'nothing of it stayed');

-- COPY needs the client: a script is generated and run. `copy from` is refused where policies apply. Not as CSV: a psql
-- before 18 sends the line that ends the data along, which a server of 18 takes for a row there.
\set ON_ERROR_STOP off
\set file `mktemp`
\set script `mktemp`
create table copied (actor text, t text, direction text, outcome text);
grant all on copied to public;
select format($f$
reset role;
\! : > %7$s
set request.jwt.claims = %1$L;
set role %2$s;
copy %3$s to stdout \g %7$s
\set state :SQLSTATE
\set rows `wc -l < %7$s`
reset role;
insert into copied values (%4$L, %3$L, 'to', case :'state' when '00000' then :'rows' else :'state' end);
set role %2$s;
copy %3$s (%5$s) from program 'true';
\set program :SQLSTATE
copy %3$s (%5$s) from stdin with (delimiter ',');
%6$s
\.
\set state :SQLSTATE
reset role;
delete from %3$s where id like '%%-new';
insert into copied values (%4$L, %3$L, 'from', :'program' || ' ' || :'state');
$f$, coalesce(jsonb_build_object('sub', a.sub)::text, ''), a.role, v.t, a.actor, v.columns,
   replace(replace(format(v.fresh, 'a'), ', ', ','), '''', ''), :'file')
  from actors a, targets v
\g :script
\o /dev/null
\i :script
\o
\set ON_ERROR_STOP on
\! rm -f :file :script
reset role;
reset request.jwt.claims;
select is(c.outcome,
          case when a.role = 'anon' then '42501'
               when a.role = 'service_role' then case c.t when 'users' then '4' else '2' end
               when a.tenant is null then '0' when c.t = 'users' then '2' else '1' end,
          format('%s: copy %s to', a.actor, c.t))
  from copied c join actors a using (actor) where direction = 'to';
select is(c.outcome,
          '42501 '
          || case when a.role = 'anon'
                  or (a.role = 'authenticated' and c.t in ('tenants', 'users', 'usage_metrics')) then '42501'
                  when a.role = 'service_role' then '00000' else '0A000' end, format('%s: copy %s from', a.actor, c.t))
  from copied c join actors a using (actor) where direction = 'from';

-- The owner. One with an attribute that shows all rows is forced in vain;
-- the day that an ordinary role owns the tables, it sees nothing.
select set_eq($$select relname::text from pg_class
                 where relforcerowsecurity and relnamespace = 'public'::regnamespace$$,
              array['conversations', 'messages', 'feedback', 'usage_metrics'],
              'row-level security is forced for the owner');
create role plain_owner;
grant usage, create on schema public to plain_owner;
alter table conversations owner to plain_owner;
alter table messages owner to plain_owner;
alter table usage_metrics owner to plain_owner;
select is(pg_temp.attempt('plain_owner', null, 'select * from conversations'), '0',
          'an ordinary owner sees no conversation');
select is(pg_temp.attempt('plain_owner', 'a-user', 'select * from messages'), '0', 'with claims too');
select is(pg_temp.attempt('plain_owner', null,
                          $$insert into usage_metrics (tenant_id, user_id) values ('a', 'a-admin')$$), '42501',
          'and writes nothing');
select is(pg_temp.attempt('user of a', 'a-user', 'select 1'), '22023', 'the harness reports what it cannot do');
alter table conversations no force row level security;
select is(pg_temp.attempt('plain_owner', null, 'select * from conversations'), '2',
          'not forced, an owner would see all');
-- REFRESH runs as the owner, from whom rows are hidden: it is refused, and what was stored stays.
alter table conversations force row level security;
grant usage on schema nova to plain_owner;
grant execute on function nova.expect_all_rows(regclass[]) to plain_owner;
alter table feedback owner to plain_owner;
alter materialized view message_feedback_summary owner to plain_owner;
alter materialized view monthly_usage_summary owner to plain_owner;
select throws_ok('refresh materialized view ' || v, '42501', null, v || ' is not stored without the hidden rows')
  from unnest(array['message_feedback_summary', 'monthly_usage_summary',
                    'concurrently message_feedback_summary', 'concurrently monthly_usage_summary']) v;
select is((select count(*) from message_feedback_summary), 2::bigint, 'and keeps what it had');
alter table feedback no force row level security;
select throws_like('refresh materialized view message_feedback_summary',
                   '%hides rows of public.messages from plain_owner%', 'each table of a summary is asked');
alter table messages no force row level security;
alter table usage_metrics no force row level security;
select lives_ok('refresh materialized view message_feedback_summary', 'an owner who sees all rows stores them');
select lives_ok('refresh materialized view monthly_usage_summary', 'of usage too');
select is((select count(*) from message_feedback_summary), 2::bigint, 'all of them');

-- Installed by an ordinary role the tables are not forced: no REFRESH is refused.
create role plain_installer;
grant all on schema nova, public to plain_installer;
create table plain_table (id integer);
alter table plain_table owner to plain_installer;
select nova.protect_tenant_table('plain_table');
select is((select array[relrowsecurity, relforcerowsecurity] from pg_class where relname = 'plain_table'),
          array[true, false], 'an ordinary owner is not forced at installation');
-- A user who changes the tenant is in the new one at once, whatever the token says.
update users set tenant_id = 'b' where id = 'a-admin';
select is(pg_temp.attempt('authenticated', 'a-admin',
                          $$select count(*) as n from messages where content = 'secret of b'$$), '1',
          'who moved sees the new tenant');
select * from finish();
