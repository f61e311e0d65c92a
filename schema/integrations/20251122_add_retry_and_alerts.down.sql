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
