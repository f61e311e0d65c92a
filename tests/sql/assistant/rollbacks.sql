-- Document 004's rollbacks, word for word: each removes its migration whole, the complete one all of them;
-- after each the migrations go up again.
set client_min_messages = warning;
select plan(22);

create function pg_temp.objects() returns setof text language sql as $$
  select 'relation ' || c.oid::regclass from pg_class c
   where relnamespace = 'public'::regnamespace and c.oid::regclass::text ~ 'conversation|message|feedback|usage'
     and c.oid::regclass::text !~ 'flux|messenger|excused'
  union all select 'function ' || p.oid::regprocedure from pg_proc p
   where pronamespace = 'public'::regnamespace
     and proname in ('update_updated_at_column', 'update_conversation_timestamp', 'increment_usage_metrics')
  union all select 'trigger ' || tgname from pg_trigger
   where not tgisinternal and tgname ~ '^trigger_(conversations|messages|feedback|usage_metrics)_'
  union all select 'policy ' || polname from pg_policy
   where polname ~ '^(conversations|messages|feedback|usage_metrics)_'
$$;
create temp table all_objects as select * from pg_temp.objects() o;
select ok((select count(*) from all_objects) > 40, 'there is something to remove');
insert into tenants (id, name, slug) values ('t', 't', 't');
insert into users (id, tenant_id, email) values ('u', 't', 'u@example.com');
insert into conversations (id, tenant_id, user_id) values ('c', 't', 'u');
insert into messages (id, conversation_id, role, content) values ('m', 'c', 'user', 'hello');
insert into feedback (message_id, user_id, rating) values ('m', 'u', 1);

-- Migration 006
BEGIN;

DROP VIEW IF EXISTS public.current_day_usage;
DROP MATERIALIZED VIEW IF EXISTS public.monthly_usage_summary CASCADE;
DROP FUNCTION IF EXISTS public.increment_usage_metrics(UUID, UUID, DATE, INTEGER, INTEGER, DECIMAL);
DROP TABLE IF EXISTS public.usage_metrics CASCADE;

COMMIT;
select is_empty($$select o from pg_temp.objects() o where o ~ 'usage'$$, 'the rollback of 006 leaves nothing of it');
select is((select count(*) from feedback), 1::bigint, 'and touches nothing else');

-- Migration 005
BEGIN;

DROP MATERIALIZED VIEW IF EXISTS public.message_feedback_summary CASCADE;
DROP TABLE IF EXISTS public.feedback CASCADE;

COMMIT;
select is_empty($$select o from pg_temp.objects() o where o ~ 'feedback'$$, 'the rollback of 005 leaves nothing of it');
select is((select count(*) from messages), 1::bigint, 'and touches nothing else');

-- Migration 004
BEGIN;

DROP TRIGGER IF EXISTS trigger_messages_update_conversation ON public.messages;
DROP FUNCTION IF EXISTS public.update_conversation_timestamp();
DROP TABLE IF EXISTS public.messages CASCADE;

COMMIT;
select is_empty($$select o from pg_temp.objects() o where o ~ 'messages|update_conversation_timestamp'$$,
                'the rollback of 004 leaves nothing of it');
select is((select count(*) from conversations), 1::bigint, 'and touches nothing else');

-- Migration 003
BEGIN;

DROP TRIGGER IF EXISTS trigger_conversations_updated_at ON public.conversations;
DROP FUNCTION IF EXISTS public.update_updated_at_column();
DROP TABLE IF EXISTS public.conversations CASCADE;

COMMIT;
select is_empty('select o from pg_temp.objects() o', 'the rollback of 003 leaves nothing of it');
select is((select count(*) from users), 1::bigint, 'and the parents stay');

\i :schema/assistant/003_create_conversations_table.up.sql
\i :schema/assistant/004_create_messages_table.up.sql
\i :schema/assistant/005_create_feedback_table.up.sql
\i :schema/assistant/006_create_usage_metrics_table.up.sql
select set_eq('select o from pg_temp.objects() o', 'select o from all_objects', 'up again after the rollbacks');

-- Each alone, newest first is not the only order: a rollback of an older one takes the keys that point to it,
-- and nothing more.
insert into conversations (id, tenant_id, user_id) values ('c', 't', 'u');
insert into messages (id, conversation_id, role, content) values ('m', 'c', 'user', 'hello');
BEGIN;

DROP MATERIALIZED VIEW IF EXISTS public.message_feedback_summary CASCADE;
DROP TABLE IF EXISTS public.feedback CASCADE;

COMMIT;
select lives_ok($$insert into messages (conversation_id, role, content) values ('c', 'user', 'still')$$,
                'without feedback messages are written');
select lives_ok($$insert into usage_metrics (tenant_id, user_id) values ('t', 'u')$$, 'and usage');
BEGIN;

DROP TRIGGER IF EXISTS trigger_messages_update_conversation ON public.messages;
DROP FUNCTION IF EXISTS public.update_conversation_timestamp();
DROP TABLE IF EXISTS public.messages CASCADE;

COMMIT;
select lives_ok($$update conversations set title = 'still'$$, 'without messages conversations are changed');
select lives_ok($$update usage_metrics set total_tokens = 1$$, 'and usage');
BEGIN;

DROP TRIGGER IF EXISTS trigger_conversations_updated_at ON public.conversations;
DROP FUNCTION IF EXISTS public.update_updated_at_column();
DROP TABLE IF EXISTS public.conversations CASCADE;

COMMIT;
select lives_ok($$update usage_metrics set total_tokens = 2$$, 'without conversations usage is changed');
\i :schema/assistant/003_create_conversations_table.up.sql
\i :schema/assistant/004_create_messages_table.up.sql
\i :schema/assistant/005_create_feedback_table.up.sql
\i :schema/assistant/006_create_usage_metrics_table.up.sql
select set_eq('select o from pg_temp.objects() o', 'select o from all_objects', 'and all is there again');

-- Complete Rollback. It drops the trigger functions without CASCADE before the tables whose triggers one would expect
-- to stand on them.
BEGIN;

-- Rollback in reverse order
DROP VIEW IF EXISTS public.current_day_usage;
DROP MATERIALIZED VIEW IF EXISTS public.monthly_usage_summary CASCADE;
DROP MATERIALIZED VIEW IF EXISTS public.message_feedback_summary CASCADE;
DROP FUNCTION IF EXISTS public.increment_usage_metrics(UUID, UUID, DATE, INTEGER, INTEGER, DECIMAL);
DROP FUNCTION IF EXISTS public.update_conversation_timestamp();
DROP FUNCTION IF EXISTS public.update_updated_at_column();
DROP TABLE IF EXISTS public.usage_metrics CASCADE;
DROP TABLE IF EXISTS public.feedback CASCADE;
DROP TABLE IF EXISTS public.messages CASCADE;
DROP TABLE IF EXISTS public.conversations CASCADE;

COMMIT;
select is_empty('select o from pg_temp.objects() o', 'the complete rollback leaves nothing');

\i :schema/assistant/003_create_conversations_table.up.sql
\i :schema/assistant/004_create_messages_table.up.sql
\i :schema/assistant/005_create_feedback_table.up.sql
\i :schema/assistant/006_create_usage_metrics_table.up.sql
-- Troubleshooting: Relation Already Exists
DROP TABLE IF EXISTS public.conversations CASCADE;
select hasnt_table('public', 'conversations', 'the table is dropped');
\i :schema/assistant/003_create_conversations_table.up.sql
select has_table('public', 'conversations', 'and made again');
select has_trigger('public', 'conversations', 'trigger_conversations_updated_at', 'with its trigger');
select set_eq($$select o from pg_temp.objects() o$$, 'select o from all_objects', 'all is there');
select hasnt_fk('public', 'messages',
                'but not the foreign key that the CASCADE took from messages: 004 has to be rolled back first');
select * from finish();
