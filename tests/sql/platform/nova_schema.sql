select plan(2);
select has_schema('nova');
select isnt(obj_description('nova'::regnamespace, 'pg_namespace'), null, 'schema nova says what it is for');
select * from finish();
