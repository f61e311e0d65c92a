-- What document 002 prints, word for word.
set client_min_messages = warning;
select plan(17);

prepare columns as
-- Check new columns exist
SELECT column_name 
FROM information_schema.columns 
WHERE table_name = 'integration_sync_history' 
AND column_name IN ('retry_count', 'max_retries', 'retry_at');
prepare tables as
-- Check new table exists
SELECT table_name 
FROM information_schema.tables 
WHERE table_name = 'integration_alert_history';
prepare functions as
-- Check functions exist
SELECT routine_name 
FROM information_schema.routines 
WHERE routine_name IN ('calculate_next_retry', 'schedule_sync_retry', 'update_sync_watermark');
create temp table seen_columns as execute columns;
create temp table seen_tables as execute tables;
create temp table seen_functions as execute functions;
select set_eq('select column_name::text from seen_columns', array['retry_count', 'max_retries', 'retry_at'],
              'the new columns');
select set_eq('select table_name::text from seen_tables', array['integration_alert_history'], 'the new table');
select bag_eq('select routine_name::text from seen_functions',
              array['calculate_next_retry', 'schedule_sync_retry', 'update_sync_watermark'],
              'the functions, one of each name');

-- What it lists that the verification does not look for.
select has_column('public', 'integration_sync_history', c, 'history: ' || c)
  from unnest(array['original_sync_id', 'is_retry']) c;
select has_view('public', 'pending_sync_retries', 'the view');
select col_type_is('public', 'integration_configs', c, t, 'integration: ' || c)
  from (values ('alert_on_failure', 'boolean'), ('alert_on_success', 'boolean'), ('alert_emails', 'text[]'),
               ('alert_webhook_url', 'text')) as x (c, t);
select set_eq($$select attname::text from pg_attribute
                 where attrelid = 'integration_sync_configs'::regclass and attnum > 0
                   and attname in ('sync_mode', 'last_sync_timestamp', 'incremental_key', 'watermark_value')$$,
              array['sync_mode', 'last_sync_timestamp', 'incremental_key', 'watermark_value'],
              'the columns of incremental syncs');

insert into integration_configs (id, name, provider) values ('00000000-0000-0000-0000-00000000000a', 'crm', 'acme');
insert into integration_sync_configs (id, integration_id, stream)
values ('00000000-0000-0000-0000-0000000000a1', '00000000-0000-0000-0000-00000000000a', 'contacts');
select throws_ok($$update integration_sync_configs set sync_mode = 'partial'$$, '23514', null,
                 'a mode is full, incremental or delta');
insert into integration_sync_history (id, sync_config_id, status, finished_at)
values ('00000000-0000-0000-0000-0000000000b1', '00000000-0000-0000-0000-0000000000a1', 'failed', now());
select isnt(schedule_sync_retry('00000000-0000-0000-0000-0000000000b1'), null, 'a retry is written');

create temp table before_rollback as
  select attrelid::regclass::text as t, attname::text as c from pg_attribute
   where attrelid::regclass::text ~ '^integration_(configs|sync_configs|sync_history)$' and attnum > 0
     and not attisdropped;

-- Rollback (if needed)
-- Drop new table
DROP TABLE IF EXISTS integration_alert_history CASCADE;

-- Drop new functions
DROP FUNCTION IF EXISTS calculate_next_retry CASCADE;
DROP FUNCTION IF EXISTS schedule_sync_retry CASCADE;
DROP FUNCTION IF EXISTS update_sync_watermark CASCADE;

-- Drop new view
DROP VIEW IF EXISTS pending_sync_retries CASCADE;

-- Remove columns from integration_sync_history
ALTER TABLE integration_sync_history
DROP COLUMN IF EXISTS retry_count,
DROP COLUMN IF EXISTS max_retries,
DROP COLUMN IF EXISTS retry_at,
DROP COLUMN IF EXISTS original_sync_id,
DROP COLUMN IF EXISTS is_retry;

-- Remove columns from integration_configs
ALTER TABLE integration_configs
DROP COLUMN IF EXISTS alert_on_failure,
DROP COLUMN IF EXISTS alert_on_success,
DROP COLUMN IF EXISTS alert_emails,
DROP COLUMN IF EXISTS alert_webhook_url;

-- Remove columns from integration_sync_configs
ALTER TABLE integration_sync_configs
DROP COLUMN IF EXISTS sync_mode,
DROP COLUMN IF EXISTS last_sync_timestamp,
DROP COLUMN IF EXISTS incremental_key,
DROP COLUMN IF EXISTS watermark_value;

prepare what_is_left as
  select count(*) from pg_attribute
   where attrelid::regclass::text ~ '^integration_(configs|sync_configs|sync_history)$' and attnum > 0
     and not attisdropped;
create temp table left_columns as execute what_is_left;
select is((select count from left_columns), (select count(*) - 13 from before_rollback),
          'the rollback takes the 13 columns');
select hasnt_table('public', 'integration_alert_history', 'the table');
select is_empty($$select proname from pg_proc
                   where pronamespace = 'public'::regnamespace
                     and proname in ('calculate_next_retry', 'schedule_sync_retry', 'update_sync_watermark')$$,
                'the functions');
select is((select count(*) from integration_sync_history), 2::bigint, 'and no run');
\i :schema/integrations/20251122_add_retry_and_alerts.up.sql
\i :schema/integrations/20251122_add_retry_and_alerts.verify.sql
select * from finish();
