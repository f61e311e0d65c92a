DROP VIEW IF EXISTS public.current_day_usage;
DROP MATERIALIZED VIEW IF EXISTS public.monthly_usage_summary CASCADE;
DROP FUNCTION IF EXISTS public.increment_usage_metrics(UUID, UUID, DATE, INTEGER, INTEGER, DECIMAL);
DROP TABLE IF EXISTS public.usage_metrics CASCADE;
