DROP MATERIALIZED VIEW IF EXISTS public.message_feedback_summary CASCADE;
DROP TABLE IF EXISTS public.feedback CASCADE;
