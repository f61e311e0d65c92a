select plan(20);
select ok(to_regrole('anon') is null and to_regrole('service_role') is null and to_regnamespace('auth') is null,
          'mail wants no role and no schema of Supabase');
select is(nova.browsers(), 'public', 'rights are taken from everybody');
select nova.make_api_roles(), nova.make_auth() \g /dev/null
select is(nova.browsers(), 'public, anon, authenticated', 'and from the roles of browsers where they are');
select has_role('anon');
select has_role('authenticated');
select has_role('service_role');
select isnt_superuser('service_role');
select ok((select rolbypassrls and not rolcanlogin from pg_roles where rolname = 'service_role'),
          'service_role sees every row and cannot log in');
select ok((select bool_and(not rolbypassrls and not rolcanlogin) from pg_roles
            where rolname in ('anon', 'authenticated')), 'the API roles see what policies allow and cannot log in');
select hasnt_extension('pgcrypto');
select hasnt_extension('uuid-ossp');

select is(auth.uid(), null, 'without a token nobody is calling');
select is(auth.jwt(), null, 'without a token there are no claims');
select set_config('request.jwt.claims',
                  '{"sub": "0b3c9a52-67f5-4bb9-8a5c-50b1ed0b21b8", "role": "authenticated", "tenant": "t1"}',
                  false) \gset ignored_
select is(auth.uid(), '0b3c9a52-67f5-4bb9-8a5c-50b1ed0b21b8'::uuid, 'uid is the claim sub');
select is(auth.role(), 'authenticated', 'role is the claim role');
select is(auth.jwt() ->> 'tenant', 't1', 'jwt is all claims');
set role authenticated;
select auth.uid() as uid \gset
reset role;
select is(:'uid'::uuid, '0b3c9a52-67f5-4bb9-8a5c-50b1ed0b21b8'::uuid, 'an API role may ask who it is');
select set_config('request.jwt.claims', '', false) \gset ignored_
select is(auth.uid(), null, 'PostgREST resets claims to the empty text, which is no token');
select set_config('request.jwt.claims', '{"role": "anon"}', false) \gset ignored_
select is(auth.uid(), null, 'an anonymous token has no id');
select nova.make_api_roles(), nova.make_auth(), nova.drop_api_roles() \g /dev/null
select ok(to_regrole('anon') is null and to_regrole('service_role') is null and to_regnamespace('auth') is null,
          'what was made is dropped');
select * from finish();
