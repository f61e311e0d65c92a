-- What a restore, or the default privileges of another server, gave away is taken back; a policy of somebody's own and
-- what is granted on purpose stay.
select plan(7);
create temp view given as
  select c.oid::regclass::text as relation, r.rolname::text as grantee,
         string_agg(lower(a.privilege_type), ' ' order by a.privilege_type) as rights
    from pg_class c cross join aclexplode(c.relacl) a
    join pg_roles r on r.oid = a.grantee and r.rolname in ('anon', 'authenticated')
   where c.relnamespace in (select oid from pg_namespace where nspname in ('public', 'nova'))
   group by 1, 2;
create temp table before as select * from given;
create temp view open_functions as
  select p.oid from pg_proc p
   where p.pronamespace in (select oid from pg_namespace where nspname in ('public', 'nova', 'nova_queue'))
     and has_function_privilege('anon', p.oid, 'execute')
     and not exists (select from pg_depend d
                      where d.objid = p.oid and d.classid = 'pg_proc'::regclass and d.deptype = 'e');

grant all on all tables in schema public, nova to anon, authenticated;
grant all on all sequences in schema public, nova to anon, authenticated;
grant execute on all functions in schema public to anon, authenticated;
grant execute on all functions in schema nova, nova_queue to public;
grant usage on schema nova, nova_queue to anon;
create policy own on flux_email_rejects for select to authenticated
  using (inbox_id in (select i.id from flux_inboxes i where i.user_id = auth.uid()::text));
create table mine (id integer);
grant select on mine to anon;
select isnt((select count(*) from open_functions), 0::bigint, 'everything was given away');

select ok(nova.close_functions() > 100, 'functions are taken back from everybody');
select ok(nova.close_to_browsers() > 100, 'and what browsers have');
select is_empty('select oid::regprocedure from open_functions', 'no function is left to a browser');
select set_eq($$select * from given except select * from before$$,
              $$values ('flux_email_rejects', 'authenticated', 'select'), ('mine', 'anon', 'select')$$,
              'a policy of one''s own keeps its right, and a table of one''s own all');
select is_empty($$select * from before except select * from given$$, 'what Nova grants on purpose stays');
select is(nova.close_functions() + nova.close_to_browsers(), 0::bigint, 'there is nothing else to take');
select * from finish();
