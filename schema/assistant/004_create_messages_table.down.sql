DROP TRIGGER IF EXISTS trigger_messages_update_conversation ON public.messages;
DROP FUNCTION IF EXISTS public.update_conversation_timestamp();
DROP TABLE IF EXISTS public.messages CASCADE;
