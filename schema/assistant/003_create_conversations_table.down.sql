DROP TRIGGER IF EXISTS trigger_conversations_updated_at ON public.conversations;
DROP FUNCTION IF EXISTS public.update_updated_at_column();
DROP TABLE IF EXISTS public.conversations CASCADE;
