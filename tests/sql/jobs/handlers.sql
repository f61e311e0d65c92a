-- nova.set_handler and nova.remove_handler: what may be set, and what a queue then does.
set client_min_messages = warning;
select plan(43);

create function pg_temp.http(p_type text, p_config jsonb, p_queue text default null) returns bigint
language sql as $$ select nova.set_handler(p_type, null, p_queue, 'http', p_config) $$;
create function pg_temp.sql(p_function text, p_role text) returns bigint
language sql as $$ select nova.set_handler('pay', null, null, 'sql',
                                           jsonb_build_object('function', p_function, 'role', p_role)) $$;

-- What is set replaces what was set for the same
select isnt(pg_temp.http('mail', '{"url": "https://a.example/"}'), null, 'a handler is set');
select is(nova.set_handler('mail', null, null, 'http', '{"url": "https://b.example/", "secret_name": null}',
                           '5 seconds'),
          (select id from nova.messenger_handlers), 'another for the same takes its place');
select results_eq($$select type, transport, queue, kind, config, timeout, enabled from nova.messenger_handlers$$,
                  $$values ('mail', null::text, null::text, 'http', '{"url": "https://b.example/"}'::jsonb,
                            interval '5 seconds', true)$$, 'and what it says');
select lives_ok($$select nova.set_handler('mail', 'far', null, 'http', '{"url": "https://c.example/"}')$$,
                'one of a transport is another');
select is(nova.remove_handler('mail', 'near', null), false, 'what is not there is not removed');
select is(nova.remove_handler('mail', 'far', null), true, 'what is there is');
select is((select array_agg(transport) from nova.messenger_handlers), array[null::text], 'and nothing else');

-- What may not be set
select throws_ok($$select pg_temp.http('a', '{"url": "ftp://a.example/"}')$$, '23514', null, 'http and https only');
select throws_ok($$select pg_temp.http('a', '{}')$$, '23514', null, 'a URL is needed');
select throws_ok($$select pg_temp.http('a', '{"url": "https://me:pw@a.example/"}')$$, '22023', null,
                 'no password in it');
select lives_ok($$select pg_temp.http('a', '{"url": "https://a.example/?to=me@b.example"}')$$,
                'an @ elsewhere is none');
select throws_ok($$select pg_temp.http('a', '{"url": "https://a.example/", "secret": "x"}')$$, '22023',
                 'the handler has the unknown key "secret"', 'a secret itself is nowhere');
select throws_ok($$select pg_temp.http('a', '{"url": "https://a.example/", "secret_name": "../x"}')$$, '22023', null,
                 'a name of a secret leads nowhere else');
select throws_ok($$select nova.set_handler('a', null, 'q', 'http', '{"url": "https://a.example/"}')$$, null, null,
                 'a type or a queue, not both');
select throws_ok($$select nova.set_handler(null, null, null, 'http', '{"url": "https://a.example/"}')$$, '23514', null,
                 'one of them');
select throws_ok($$select nova.set_handler('a', null, null, 'exec', '{}')$$, '23514', null, 'no other kind');
select throws_ok($$select nova.set_handler('a', null, null, 'http', '{"url": "https://a.example/"}', '2 hours')$$,
                 '23514', null, 'at most an hour');

-- Queues
select throws_ok($$select pg_temp.http(null, '{"url": "https://a.example/"}', 'none')$$, '22023',
                 $$there is no queue "none"; make it with: select pgmq.create('none');$$);
select throws_ok($$select pg_temp.http(null, '{"url": "https://a.example/"}', 'thread_sync_jobs')$$, '22023', null,
                 'Nova''s own queues are its own');
select pgmq.create('ours');
select lives_ok($$select pg_temp.http(null, '{"url": "https://a.example/"}', 'ours')$$, 'a queue has a handler');
select is((select array_agg(tgname::text) from pg_trigger where tgrelid = 'pgmq.q_ours'::regclass and not tgisinternal),
          array['nova_wake'], 'one that tells already gets no second trigger');
-- As the extension makes them
select pgmq.create('theirs');
drop trigger nova_wake on pgmq.q_theirs;
select lives_ok($$select pg_temp.http(null, '{"url": "https://a.example/"}', 'theirs')$$, 'so has another');
select lives_ok($$select pg_temp.http(null, '{"url": "https://b.example/"}', 'theirs')$$, 'set twice');
select is((select array_agg(tgname::text) from pg_trigger
            where tgrelid = 'pgmq.q_theirs'::regclass and not tgisinternal),
          array['nova_handler_wake'], 'which tells now');
select is((select encode(tgargs, 'hex') from pg_trigger where tgname = 'nova_handler_wake'),
          encode('theirs', 'hex') || '00', 'its name');
select is(nova.remove_handler(null, null, 'theirs'), true, 'taken back');
select is((select count(*) from pg_trigger where tgname = 'nova_handler_wake'), 0::bigint, 'the trigger goes too');
select is(nova.remove_handler(null, null, 'ours'), true, 'of the other queue');
select is((select count(*) from pg_trigger where tgname = 'nova_wake' and tgrelid = 'pgmq.q_ours'::regclass), 1::bigint,
          'what it had stays');
select lives_ok($$select pg_temp.http(null, '{"url": "https://a.example/"}', 'theirs')$$, 'set again');
select pgmq.drop_queue('theirs');
select is(nova.remove_handler(null, null, 'theirs'), true, 'a handler of a queue that was dropped goes as well');

-- Functions as roles
create schema till;
create function till.pay(jsonb) returns jsonb language sql as 'select $1';
create function till.pay(integer) returns jsonb language sql as 'select null::jsonb';
create procedure till.act(jsonb) language sql as 'select 1';
create role nova_test_cashier;
create role nova_test_owner superuser;
create role nova_test_worker;
revoke execute on function till.pay(jsonb) from public;
select throws_ok($$select pg_temp.sql('till.act', 'nova_test_cashier')$$, '22023',
                 'there is no function till.act(jsonb); there is till.act(jsonb)', 'a procedure is none');
select throws_ok($$select pg_temp.sql('pay); drop table x; --', 'nova_test_cashier')$$, '22023', null,
                 'nor is a statement');
select throws_ok($$select pg_temp.sql('till.pay', 'nobody')$$, '22023', 'there is no role "nobody"');
select throws_ok($$select pg_temp.sql('till.pay', 'nova_test_owner')$$, '42501',
                 'role "nova_test_owner" is a superuser; a handler works as a role that may do what it needs and no '
                 'more');
insert into nova.worker_roles values ('nova_test_worker');
select throws_ok($$select pg_temp.sql('till.pay', 'nova_test_cashier')$$, '42501',
  'role "nova_test_cashier" cannot do it yet; what lacks is: GRANT nova_test_cashier TO nova_test_worker; '
  'GRANT USAGE ON SCHEMA till TO nova_test_cashier; '
  'GRANT EXECUTE ON FUNCTION till.pay(jsonb) TO nova_test_cashier;');
grant nova_test_cashier to nova_test_worker;
grant usage on schema till to nova_test_cashier;
grant execute on function till.pay(jsonb) to nova_test_cashier;
select lives_ok($$select pg_temp.sql('pay', 'nova_test_cashier')$$, 'with what it lacked it is set');
select is((select config from nova.messenger_handlers where type = 'pay'),
          '{"function": "till.pay", "role": "nova_test_cashier"}'::jsonb, 'under its whole name');
create function public.pay(jsonb) returns jsonb language sql as 'select $1';
select throws_ok($$select pg_temp.sql('pay', 'nova_test_cashier')$$, '22023',
                 'there are several functions pay(jsonb): public.pay(jsonb), till.pay(jsonb); name the schema too');
-- Whoever may act as the owner of the tables is as good as it
create role nova_test_deputy;
create role nova_test_holder;
alter table nova.messenger_handlers owner to nova_test_holder;
grant nova_test_holder to nova_test_deputy;
select throws_ok($$select pg_temp.sql('till.pay', 'nova_test_deputy')$$, '42501',
                 'role "nova_test_deputy" owns Nova''s tables, or may act as their owner; a handler works as another '
                 'role');
select throws_ok($$select pg_temp.sql('till.pay', 'nova_test_holder')$$, '42501', null, 'as the owner is');
-- A node's role may set handlers, also of queues that are not its own
select nova.grant_workers();
select pgmq.create('third');
drop trigger nova_wake on pgmq.q_third;
set role nova_test_worker;
select nova.set_handler(null, null, 'third', 'sql', '{"function": "till.pay", "role": "nova_test_cashier"}') as id \gset
reset role;
select is((select set_by from nova.messenger_handlers where id = :id), current_user::text,
          'a node''s role may set what it may run');
select is((select count(*) from pg_trigger where tgrelid = 'pgmq.q_third'::regclass and tgname = 'nova_handler_wake'),
          1::bigint, 'and the queue tells, which is not its own');
select * from finish();
