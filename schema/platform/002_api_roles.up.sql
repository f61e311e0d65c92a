-- The roles of Supabase's API. Mail, queues, messenger and integrations want none of them: what is not there gets no
-- grant. A system that does want them names them in nova.expect_names ('role anon') and begins with
-- nova.make_api_roles(); what is there already, on Supabase all of it, stays as it is, and what is made here says so in
-- its comment.

create or replace function nova.make_api_roles() returns void
language plpgsql set search_path = pg_catalog, pg_temp as $$
declare
  v_role text;
begin
  foreach v_role in array array['anon', 'authenticated', 'service_role'] loop
    if to_regrole(v_role) is not null then
      continue;
    end if;
    begin
      execute nova.role_to_make(v_role);
    exception
      when duplicate_object then
        continue; -- another database of this server is being migrated at this moment
      when insufficient_privilege then
        -- Who has no BYPASSRLS gives none; nova.let makes policies instead.
        execute replace(nova.role_to_make(v_role), ' bypassrls', '');
    end;
    execute format('comment on role %I is %L', v_role, 'Made by Nova: ' || case v_role
      when 'anon' then 'a caller of the API without a login.'
      when 'authenticated' then 'a caller of the API with a login.'
      else 'the service itself; sees every row.' end);
  end loop;
end
$$;
comment on function nova.make_api_roles() is 'Makes the roles of Supabase''s API that are missing.';

create or replace function nova.make_auth() returns void
language plpgsql set search_path = pg_catalog, pg_temp as $$
begin
  if to_regnamespace('auth') is not null then
    if obj_description('auth'::regnamespace, 'pg_namespace') like 'Made by Nova%' then
      grant usage on schema auth to anon, authenticated, service_role; -- who may be newer than the schema
    end if;
    return;
  end if;
  create schema auth;
  comment on schema auth is 'Made by Nova: who is calling, as PostgREST passes it in request.jwt.claims.';

  create function auth.jwt() returns jsonb
  language sql stable set search_path = pg_catalog, pg_temp as $f$
    select coalesce(nullif(current_setting('request.jwt.claim', true), ''),
                    nullif(current_setting('request.jwt.claims', true), ''))::jsonb
  $f$;
  comment on function auth.jwt() is 'The claims of the caller''s token; null without one.';

  create function auth.uid() returns uuid
  language sql stable set search_path = pg_catalog, pg_temp as $f$
    select coalesce(nullif(current_setting('request.jwt.claim.sub', true), ''),
                    nullif(current_setting('request.jwt.claims', true), '')::jsonb ->> 'sub')::uuid
  $f$;
  comment on function auth.uid() is 'The caller''s id, the claim sub; null without a token.';

  create function auth.role() returns text
  language sql stable set search_path = pg_catalog, pg_temp as $f$
    select coalesce(nullif(current_setting('request.jwt.claim.role', true), ''),
                    nullif(current_setting('request.jwt.claims', true), '')::jsonb ->> 'role')
  $f$;
  comment on function auth.role() is 'The caller''s role, the claim role; null without a token.';

  grant usage on schema auth to anon, authenticated, service_role;
end
$$;
comment on function nova.make_auth() is
  'Makes schema auth with uid(), jwt() and role() as Supabase has them, for policies of one''s own; where there is a '
  'schema of that name it stays as it is.';

create or replace function nova.drop_api_roles() returns void
language plpgsql set search_path = pg_catalog, pg_temp as $$
declare
  v_role text;
begin
  if obj_description(to_regnamespace('auth')::oid, 'pg_namespace') ~ '^Made by Nova' then
    drop schema auth cascade;
  end if;
  for v_role in
    select r.rolname from pg_roles r
     where r.rolname in ('anon', 'authenticated', 'service_role')
       and shobj_description(r.oid, 'pg_authid') ~ '^Made by Nova'
  loop
    begin
      execute format('drop role %I', v_role);
    exception when dependent_objects_still_exist then
      raise notice 'role % stays: it has rights here or in another database of this server', v_role;
    end;
  end loop;
end
$$;
comment on function nova.drop_api_roles() is
  'Drops what make_api_roles and make_auth have made, as far as nobody uses it.';
revoke all on function nova.make_api_roles(), nova.make_auth(), nova.drop_api_roles() from public;
