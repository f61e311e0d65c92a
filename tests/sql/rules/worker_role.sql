-- The role of nodes: it does a node's work, and nothing that a node does not do.
set client_min_messages = warning;
select plan(17);
insert into flux_inboxes (id, email, grant_id) values ('00000000-0000-0000-0000-00000000000a', 'ann@example.com', 'g1');
select nova.make_worker('nova_test_worker');
select ok((select not rolsuper and not rolbypassrls and not rolcreaterole and rolcanlogin from pg_roles
            where rolname = 'nova_test_worker'), 'the role has no power of its own');
select throws_ok($$select nova.make_worker('postgres')$$, '42501', null, 'who owns the tables is no worker');
select is_empty($$select c.oid::regclass from pg_class c where relowner = 'nova_test_worker'::regrole$$,
                'it owns nothing');
grant usage on schema tap to nova_test_worker;
set role nova_test_worker;
select is((select count(*) from flux_inboxes), 1::bigint, 'it sees the inboxes');
select lives_ok($$select nova.register_node('n', array['threads'], 'v')$$, 'joins');
select lives_ok($$select from nova_queue.read('nylas_webhook_notifications', 30, 10, reader => 1)$$, 'reads a queue');
select lives_ok($$select nova.close_lost_syncs(), messenger_prune()$$, 'tidies up');
select lives_ok($$select nova.end_upkeep(c.name, c.token, 'done', 1) from nova.claim_upkeep('n', '1 minute', 9) c$$,
                'takes tasks of upkeep and ends them');
select lives_ok($$select nova.refresh_view('refresh_monthly_usage_summary'), nova.analyze_table('messages'),
                         nova.archive_conversations('6 months')$$, 'and does what of them wants the owner');
select lives_ok($$insert into nova.operator_actions (who, role, via, action, target, outcome)
                  values ('ann', 'operate', 'shell', 'pause', 'x', 'done')$$, 'notes what an operator did');
select throws_ok('delete from nova.operator_actions', '42501', null, 'which it cannot take back');
select throws_ok('update nova.operator_actions set who = ''bob''', '42501', null, 'nor change');
select throws_ok('drop table flux_email_messages', '42501', null, 'it drops nothing');
select throws_ok('alter table flux_email_messages disable row level security', '42501', null, 'alters nothing');
select throws_ok('truncate flux_email_messages', '42501', null, 'truncates nothing');
select throws_ok('create table public.mine (id integer)', '42501', null, 'makes nothing');
select throws_ok('select * from users', '42501', null, 'and does not read what is not of the nodes');
reset role;
select * from finish();
