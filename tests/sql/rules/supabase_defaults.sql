-- Supabase grants everything on new objects of public to its API roles by default. Migrations that go up there must end with the
-- same rights as on plain PostgreSQL.
set client_min_messages = warning;
select plan(4);
create function pg_temp.rights() returns table (what text, who text, may text) language sql as $$
  select c.oid::regclass::text, r, p from pg_class c, unnest(array['anon', 'authenticated']) r, unnest(array['select', 'insert', 'update', 'delete', 'truncate', 'references', 'trigger']) p
   where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'v', 'm') and c.relname ~ '^(tenants|users|conversations|messages|feedback|usage_metrics|message_feedback_summary|monthly_usage_summary|current_day_usage|integration_.*|pending_sync_retries)$'
     and has_table_privilege(r, c.oid, p)
  union all
  select f.oid::regprocedure::text, r, 'execute' from pg_proc f, unnest(array['anon', 'authenticated']) r
   where f.pronamespace = 'public'::regnamespace and f.prorettype <> 'trigger'::regtype and has_function_privilege(r, f.oid, 'execute')
     and f.proname in ('increment_usage_metrics', 'calculate_next_retry', 'schedule_sync_retry', 'update_sync_watermark')
$$;
create temp table plain as select * from pg_temp.rights();
select is((select count(*) from plain), 3 * 4 + 4::bigint, 'a user has four rights on three tables, and reads four relations more');
\i :schema/integrations/20251123_run_syncs_and_send_alerts.down.sql
\i :schema/integrations/20251122_add_retry_and_alerts.down.sql
\i :schema/integrations/001_integration_tables.down.sql
\i :schema/assistant/006_create_usage_metrics_table.down.sql
\i :schema/assistant/005_create_feedback_table.down.sql
\i :schema/assistant/004_create_messages_table.down.sql
\i :schema/assistant/003_create_conversations_table.down.sql
\i :schema/assistant/002_row_rules.down.sql
\i :schema/assistant/001_tenants_and_users.down.sql
select is((select count(*) from pg_temp.rights()), 0::bigint, 'all is gone');
alter default privileges in schema public grant all on tables to anon, authenticated, service_role;
alter default privileges in schema public grant all on functions to anon, authenticated, service_role;
\i :schema/integrations/001_integration_tables.up.sql
\i :schema/integrations/20251122_add_retry_and_alerts.up.sql
\i :schema/integrations/20251123_run_syncs_and_send_alerts.up.sql
\i :schema/assistant/001_tenants_and_users.up.sql
\i :schema/assistant/002_row_rules.up.sql
\i :schema/assistant/003_create_conversations_table.up.sql
\i :schema/assistant/004_create_messages_table.up.sql
\i :schema/assistant/005_create_feedback_table.up.sql
\i :schema/assistant/006_create_usage_metrics_table.up.sql
select set_eq('select * from pg_temp.rights()', 'select * from plain', 'with Supabase''s defaults the rights are the same');
create table control (id integer);
select ok(has_table_privilege('anon', 'control', 'insert'), 'which do grant where nothing is revoked');
select * from finish();
