-- The harness itself: a second session sees what the first committed.
select plan(2);
create table seen as select 1 as n;
select is((select n from dblink(current_setting('nova_test.connection'), 'select n from seen') as t(n int)), 1,
          'a second session is at hand');
select throws_ok('select * from nosuch', '42P01');
select * from finish();
