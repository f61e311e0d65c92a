-- What Supabase has and the rest relies on, for plain PostgreSQL. What is there already stays as it
-- is; on Supabase that is everything. What is made here says so in its comment, and only that is
-- removed again.
do $$
declare
  attributes text;
  wanted text;
begin
  foreach wanted in array array['anon', 'authenticated', 'service_role'] loop
    if to_regrole(wanted) is null then
      attributes := case wanted when 'service_role' then 'nologin noinherit bypassrls' else 'nologin noinherit' end;
      begin
        execute format('create role %I %s', wanted, attributes);
      exception
        when duplicate_object then
          continue; -- another database of this server is being migrated at this moment
        when insufficient_privilege then
          -- Only a superuser may give BYPASSRLS; without it the policies have to name the role.
          execute format('create role %I %s', wanted, replace(attributes, ' bypassrls', ''));
      end;
      execute format('comment on role %I is %L', wanted, 'Made by Nova: ' || case wanted
        when 'anon' then 'a caller of the API without a login.'
        when 'authenticated' then 'a caller of the API with a login.'
        else 'the service itself; sees every row.' end);
    end if;
  end loop;
end
$$;

do $$
begin
  if to_regnamespace('auth') is not null then
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

do $$
declare
  wanted text;
begin
  -- Convenient for users' own SQL; nothing of Nova needs them, so their absence is no error.
  foreach wanted in array array['uuid-ossp', 'pgcrypto'] loop
    if not exists (select from pg_catalog.pg_extension where extname = wanted)
       and exists (select from pg_catalog.pg_available_extensions where name = wanted) then
      begin
        execute format('create extension %I schema public', wanted);
        execute format('comment on extension %I is %L', wanted, 'Made by Nova.');
      exception when insufficient_privilege then
        raise notice 'extension % is available, but % may not create it', wanted, current_user;
      end;
    end if;
  end loop;
end
$$;
