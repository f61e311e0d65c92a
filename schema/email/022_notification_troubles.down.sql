drop index if exists public.flux_webhook_notifications_troubled;
