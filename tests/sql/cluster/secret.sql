set client_min_messages = warning;
select plan(7);
select is((select count(*) from nova.cluster_secret where length(secret) = 64), 1::bigint,
          'there is one, of 64 digits');
select throws_ok('insert into nova.cluster_secret (id, secret) values (2, repeat(''x'', 64))', '23514', null,
                 'and cannot be a second');
select throws_ok('update nova.cluster_secret set secret = ''short''', '23514', null, 'nor a short one');
select is(r.allowed, false, r.name || ' does not read it')
  from (select name, has_table_privilege(name, 'nova.cluster_secret', 'select') as allowed
          from unnest(array['anon', 'authenticated']) name) r;
select is(has_table_privilege('service_role', 'nova.cluster_secret', 'select'), true, 'the workers'' role does');
select is(has_table_privilege('service_role', 'nova.cluster_secret', 'update'), false, 'and does not change it');
select * from finish();
