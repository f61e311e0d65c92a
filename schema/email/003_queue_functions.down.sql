drop function if exists nova.retry_notifications(text[]);
drop function if exists nova.park_floods(integer, integer), nova.release_parked(bigint, text[]),
  nova.claim_parked(integer, integer, text[], integer[], bigint),
  nova.postpone_parked(text[], bigint[], boolean[], text[]);
drop table if exists nova.parked_notifications;
drop function if exists nova.finish_notifications(text[], text[], text[], bigint[], bigint[], integer[], boolean[]);
drop function if exists public.acknowledge_webhook_notification(text, text, text, bigint, bigint);
drop function if exists public.queue_nylas_webhook_notification(text, text, jsonb, text);
drop function if exists nova.queue_notifications(text[], text[], text[], text[]);
drop function if exists public.queue_inbox_backfill(uuid, timestamptz, timestamptz);
drop function if exists nova.open_backfill(uuid, timestamptz, timestamptz);
