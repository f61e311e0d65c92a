-- What document 004 prints, word for word: verification, tests, monitoring, troubleshooting, upkeep.
-- The rollbacks are in rollbacks.sql.
set client_min_messages = warning;
select plan(35);

-- 1. Check Tables Were Created
prepare tables as
SELECT table_name, table_type
FROM information_schema.tables
WHERE table_schema = 'public'
AND table_name IN ('conversations', 'messages', 'feedback', 'usage_metrics')
ORDER BY table_name;
create temp table seen_tables as execute tables;
select results_eq('select table_name::text, table_type::text from seen_tables',
                  $$values ('conversations' collate "C", 'BASE TABLE' collate "C"), ('feedback', 'BASE TABLE'),
                           ('messages', 'BASE TABLE'), ('usage_metrics', 'BASE TABLE')$$,
                  'the four tables, as printed');

-- 2. Check Indexes
prepare indexes as
SELECT
    tablename,
    indexname,
    indexdef
FROM pg_indexes
WHERE schemaname = 'public'
AND tablename IN ('conversations', 'messages', 'feedback', 'usage_metrics')
ORDER BY tablename, indexname;
create temp table seen_indexes as execute indexes;
select is((select count(*) from seen_indexes
            where indexname in ('idx_messages_conversation_created', 'idx_conversations_tenant_updated')), 2::bigint,
          'among the indexes are those of the two queries');

-- 3. Check RLS Policies
prepare policies as
SELECT
    schemaname,
    tablename,
    policyname,
    permissive,
    cmd
FROM pg_policies
WHERE schemaname = 'public'
AND tablename IN ('conversations', 'messages', 'feedback', 'usage_metrics')
ORDER BY tablename, policyname;
create temp table seen_policies as execute policies;
select set_eq('select tablename::text, cmd from seen_policies',
              $$select t, c
                  from unnest(array['conversations', 'messages', 'feedback', 'usage_metrics']) t,
                       unnest(array['SELECT', 'INSERT', 'UPDATE', 'DELETE']) c$$, 'each has the four policies');
select is((select count(*) from seen_policies), 16::bigint, 'and no other');

-- 4. Check Foreign Keys
prepare keys as
SELECT
    tc.table_name,
    tc.constraint_name,
    tc.constraint_type,
    kcu.column_name,
    ccu.table_name AS foreign_table_name,
    ccu.column_name AS foreign_column_name
FROM information_schema.table_constraints AS tc
JOIN information_schema.key_column_usage AS kcu
    ON tc.constraint_name = kcu.constraint_name
JOIN information_schema.constraint_column_usage AS ccu
    ON ccu.constraint_name = tc.constraint_name
WHERE tc.constraint_type = 'FOREIGN KEY'
AND tc.table_schema = 'public'
AND tc.table_name IN ('conversations', 'messages', 'feedback', 'usage_metrics')
ORDER BY tc.table_name;
create temp table seen_keys as execute keys;
select set_eq('select distinct table_name::text, foreign_table_name::text from seen_keys',
              $$values ('conversations', 'tenants'), ('conversations', 'users'), ('messages', 'conversations'),
                       ('feedback', 'messages'), ('feedback', 'users'),
                       ('usage_metrics', 'users')$$, 'the foreign keys');

-- 5. Check Materialized Views
prepare summaries as
SELECT schemaname, matviewname, definition
FROM pg_matviews
WHERE schemaname = 'public'
AND matviewname IN ('message_feedback_summary', 'monthly_usage_summary');
create temp table seen_summaries as execute summaries;
select is((select count(*) from seen_summaries), 2::bigint, 'both materialized views');

-- 6. Test RLS Policies. As the service, and then as that user beside another tenant.
set role service_role;
-- Create test tenant and user (as service role)
INSERT INTO public.tenants (id, name, slug)
VALUES ('test-tenant-1', 'Test Tenant 1', 'test-tenant-1');

INSERT INTO public.users (id, tenant_id, email, name, role)
VALUES ('test-user-1', 'test-tenant-1', 'test@example.com', 'Test User', 'user');

-- Test conversation creation
INSERT INTO public.conversations (tenant_id, user_id, title)
VALUES ('test-tenant-1', 'test-user-1', 'Test Conversation');
insert into tenants (id, name, slug) values ('test-tenant-2', 'Test Tenant 2', 'test-tenant-2');
insert into users (id, tenant_id, email) values ('test-user-2', 'test-tenant-2', 'test@example.com');
insert into conversations (tenant_id, user_id, title) values ('test-tenant-2', 'test-user-2', 'Another');
reset role;
set role authenticated;
set request.jwt.claims = '{"sub": "test-user-1", "role": "authenticated"}';
create temp table seen as
SELECT * FROM public.conversations; -- Should only return test-tenant-1 conversations
reset role;
reset request.jwt.claims;
select results_eq('select tenant_id, title from seen',
                  $$values ('test-tenant-1'::text collate "C", 'Test Conversation')$$,
                  'a user sees the own tenant''s conversations only');

-- 7. Performance Testing, with enough rows that an index pays.
insert into conversations (tenant_id, user_id, title, updated_at)
select 'test-tenant-1', 'test-user-1', 'c' || i, now() - i * interval '1 minute' from generate_series(1, 2000) i;
insert into conversations (id, tenant_id, user_id) values ('some-conversation-id', 'test-tenant-1', 'test-user-1');
insert into messages (conversation_id, role, content)
select c.id, 'user', 'm' from conversations c, generate_series(1, 3);
insert into messages (conversation_id, role, content, created_at)
select 'some-conversation-id', 'user', 'm' || i, now() - i * interval '1 minute' from generate_series(1, 50) i;
analyze conversations, messages;
create function pg_temp.plan_of(p_query text) returns setof text language plpgsql as $$
begin
  return query execute 'EXPLAIN ANALYZE ' || p_query;
end
$$;
select matches((select string_agg(l, E'\n') from pg_temp.plan_of($$
SELECT * FROM conversations
WHERE tenant_id = 'test-tenant-1'
AND is_archived = false
ORDER BY updated_at DESC
LIMIT 20;$$) l), 'Index Scan using idx_conversations_tenant_updated', 'the conversation query: an Index Scan');
select doesnt_match((select string_agg(l, E'\n') from pg_temp.plan_of($$
SELECT * FROM conversations
WHERE tenant_id = 'test-tenant-1'
AND is_archived = false
ORDER BY updated_at DESC
LIMIT 20;$$) l), 'Sort', 'in order, without a sort');
select matches((select string_agg(l, E'\n') from pg_temp.plan_of($$
SELECT * FROM messages
WHERE conversation_id = 'some-conversation-id'
ORDER BY created_at ASC;$$) l), 'idx_messages_conversation_created',
               'the message query uses idx_messages_conversation_created');

-- Post-Migration Tasks
select lives_ok('REFRESH MATERIALIZED VIEW public.message_feedback_summary', 'the feedback summary is refreshed');
select lives_ok('REFRESH MATERIALIZED VIEW public.monthly_usage_summary', 'the usage summary is refreshed');
ANALYZE public.conversations;
ANALYZE public.messages;
ANALYZE public.feedback;
ANALYZE public.usage_metrics;
select pass('statistics are updated');

-- Set Up Monitoring. Three users on two days, ratings, and a tenant of uuids.
insert into tenants (id, name, slug) values ('00000000-0000-0000-0000-00000000000a', 'Uuids', 'uuids');
insert into users (id, tenant_id, email)
values ('00000000-0000-0000-0000-0000000000a1', '00000000-0000-0000-0000-00000000000a', 'a@example.com'),
       ('00000000-0000-0000-0000-0000000000a2', '00000000-0000-0000-0000-00000000000a', 'b@example.com');
set timezone = 'UTC'; -- an application counts in days of UTC, as current_day_usage does
select increment_usage_metrics('00000000-0000-0000-0000-00000000000a', '00000000-0000-0000-0000-0000000000a1',
                               current_date, 2, 100, 0.5),
       increment_usage_metrics('00000000-0000-0000-0000-00000000000a', '00000000-0000-0000-0000-0000000000a2',
                               current_date, 1, 50, 0.25),
       increment_usage_metrics('00000000-0000-0000-0000-00000000000a', '00000000-0000-0000-0000-0000000000a1',
                               current_date - 1, 1, 10, 0.125) \g /dev/null
insert into usage_metrics (tenant_id, user_id, date, total_tokens, estimated_cost)
values ('test-tenant-1', 'test-user-1', current_date, 7, 0.01);
insert into feedback (message_id, user_id, rating)
select m.id, 'test-user-1', case when row_number() over (order by m.id) = 1 then -1 else 1 end from messages m
 where m.conversation_id = 'some-conversation-id' limit 3;

prepare active_users as
-- Daily active users
SELECT
    date,
    COUNT(DISTINCT user_id) as active_users
FROM usage_metrics
WHERE date >= CURRENT_DATE - INTERVAL '30 days'
GROUP BY date
ORDER BY date DESC;
select results_eq('active_users', 'values (current_date, 3::bigint), (current_date - 1, 1)', 'daily active users');

prepare sentiment as
-- Feedback sentiment over time
SELECT
    DATE(f.created_at) as date,
    COUNT(*) FILTER (WHERE rating = 1) as positive,
    COUNT(*) FILTER (WHERE rating = -1) as negative,
    ROUND(AVG(rating), 2) as avg_rating
FROM feedback f
WHERE f.created_at >= CURRENT_DATE - INTERVAL '30 days'
GROUP BY DATE(f.created_at)
ORDER BY date DESC;
select results_eq('sentiment', 'values (current_date, 2::bigint, 1::bigint, 0.33)', 'feedback sentiment over time');

prepare token_usage as
-- Token usage by tenant
SELECT
    t.name as tenant_name,
    SUM(um.total_tokens) as total_tokens,
    SUM(um.estimated_cost) as total_cost
FROM usage_metrics um
JOIN tenants t ON um.tenant_id = t.id
WHERE um.date >= CURRENT_DATE - INTERVAL '7 days'
GROUP BY t.name
ORDER BY total_tokens DESC;
select results_eq('token_usage', $$values ('Uuids', 160::numeric, 0.875), ('Test Tenant 1', 7, 0.01)$$,
                  'token usage by tenant');

-- Troubleshooting
prepare row_security as
-- Check RLS is enabled
SELECT relname, relrowsecurity
FROM pg_class
WHERE relname IN ('conversations', 'messages', 'feedback', 'usage_metrics');
select set_eq('row_security',
              $$values ('conversations'::name, true), ('messages', true), ('feedback', true), ('usage_metrics', true)$$,
              'row-level security is on');
prepare parents as
-- Check if tenants and users tables exist
SELECT * FROM information_schema.tables
WHERE table_name IN ('tenants', 'users');
create temp table seen_parents as execute parents;
select is((select count(*) from seen_parents where table_schema = 'public'), 2::bigint, 'the parents are there');
prepare a_tenant as
SELECT * FROM tenants LIMIT 1;
prepare a_user as
SELECT * FROM users LIMIT 1;
create temp table seen_tenant as execute a_tenant;
create temp table seen_user as execute a_user;
select is((select count(*) from seen_tenant) + (select count(*) from seen_user), 2::bigint, 'and have rows');
\o /dev/null
\d+ conversations
\d+ messages
\o
REINDEX TABLE conversations;
REINDEX TABLE messages;
select pass('indexes are described and rebuilt');

-- Materialized View Out of Date, and Daily Tasks
REFRESH MATERIALIZED VIEW CONCURRENTLY message_feedback_summary;
REFRESH MATERIALIZED VIEW CONCURRENTLY monthly_usage_summary;
select results_eq('select positive_count, negative_count, avg_rating from message_feedback_summary order by avg_rating',
                  'values (0::bigint, 1::bigint, -1.00), (1, 0, 1.00), (1, 0, 1.00)',
                  'after a concurrent refresh the feedback summary is right');
select results_eq($$select tenant_id::text, sum(total_messages), sum(total_tokens), sum(estimated_cost)
                      from monthly_usage_summary group by 1 order by 1$$,
                  $$values ('00000000-0000-0000-0000-00000000000a' collate "C", 4::numeric, 160::numeric, 0.875),
                           ('test-tenant-1', 0, 7, 0.01)$$, 'and the usage summary');
select is((select sum(active_users) from monthly_usage_summary where tenant_id = '00000000-0000-0000-0000-00000000000a'
            and month = date_trunc('month', current_date)::date), 2::numeric, 'with each user once a month');

-- Weekly Tasks
VACUUM ANALYZE public.conversations;
VACUUM ANALYZE public.messages;
VACUUM ANALYZE public.feedback;
VACUUM ANALYZE public.usage_metrics;
prepare sizes as
-- Check table sizes
SELECT
    schemaname,
    tablename,
    pg_size_pretty(pg_total_relation_size(schemaname||'.'||tablename)) AS size,
    pg_size_pretty(pg_relation_size(schemaname||'.'||tablename)) AS table_size,
    pg_size_pretty(pg_total_relation_size(schemaname||'.'||tablename)
                   - pg_relation_size(schemaname||'.'||tablename)) AS index_size
FROM pg_tables
WHERE schemaname = 'public'
ORDER BY pg_total_relation_size(schemaname||'.'||tablename) DESC;
create temp table seen_sizes as execute sizes;
select is((select count(*) from seen_sizes
            where tablename in ('conversations', 'messages', 'feedback', 'usage_metrics')), 4::bigint,
          'tables are vacuumed and their sizes listed');

-- Monthly Tasks
insert into conversations (id, tenant_id, user_id, updated_at)
values ('old', 'test-tenant-1', 'test-user-1', now() - interval '7 months'),
       ('young', 'test-tenant-1', 'test-user-1', now() - interval '5 months');
-- Archive old conversations (if needed)
UPDATE conversations
SET is_archived = true
WHERE updated_at < CURRENT_DATE - INTERVAL '6 months'
AND is_archived = false;
select results_eq($$select id, is_archived from conversations where id in ('old', 'young') order by id$$,
                  $$values ('old' collate "C", true), ('young', false)$$,
                  'old conversations are archived, young ones are not');

-- Update Application Code: what its calls become, as a user who signed in.
set role authenticated;
set request.jwt.claims = '{"sub": "00000000-0000-0000-0000-0000000000a1"}';
insert into public.conversations (tenant_id, user_id, title)
values ('00000000-0000-0000-0000-00000000000a', '00000000-0000-0000-0000-0000000000a1', 'New Chat')
returning id as conversation \gset
insert into public.messages (conversation_id, role, content)
values (:'conversation', 'user', 'Hello!') returning tenant_id as tenant \gset
reset role;
reset request.jwt.claims;
select is(:'tenant'::text, '00000000-0000-0000-0000-00000000000a',
          'a message needs no tenant, it has its conversation''s');

-- What the results above stand on.
select throws_ok($$insert into tenants (id, name, slug) values ('00000000-0000-0000-0000-00000000000B', 'x', 'x')$$,
                 '23514', null, 'a uuid in upper case would never equal the value: refused');
select throws_ok($$select increment_usage_metrics('00000000-0000-0000-0000-00000000000a',
                                                  '00000000-0000-0000-0000-0000000000a1', current_date, -1, 0, 0)$$,
                 '22023', null, 'usage does not shrink');
select throws_ok($$select increment_usage_metrics('00000000-0000-0000-0000-00000000000a',
                                                  '00000000-0000-0000-0000-0000000000a1', null, 1, 0, 0)$$, '23502',
                 null, 'and has a date');
select throws_ok($$select increment_usage_metrics('00000000-0000-0000-0000-00000000000a',
                                                  '00000000-0000-0000-0000-0000000000a1', current_date, 1, 0, 'NaN')$$,
                 '23514', null, 'what is no number would stay in the sum for ever');
select increment_usage_metrics('00000000-0000-0000-0000-00000000000a', '00000000-0000-0000-0000-0000000000a2',
                               current_date, 1, 1, 0.00000015) \g /dev/null
select is((select estimated_cost from current_day_usage where user_id = '00000000-0000-0000-0000-0000000000a2'),
          0.25000015, 'no cost is too small to count');
select lives_ok($$select increment_usage_metrics('00000000-0000-0000-0000-00000000000a',
                                                 '00000000-0000-0000-0000-0000000000a1', current_date, 2147483647,
                                                 2147483647, 1e9)$$, 'large numbers fit');
select is((select total_tokens from current_day_usage where user_id = '00000000-0000-0000-0000-0000000000a1'),
          2147483747::bigint, 'and add up');
select is((select count(*) from current_day_usage), 3::bigint, 'the view shows today');
select is((select count(*) from monthly_usage_summary),
          (select count(distinct (tenant_id, date_trunc('month', date))) from usage_metrics),
          'the usage summary has one row a tenant and month');
select * from finish();
