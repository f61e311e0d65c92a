-- Sends messages in the caller's transaction. $1 text[] of JSON objects as messenger_send takes them.
-- Returns, in their order: id bigint, created boolean (false: its idempotency key was taken, id is the first one's)
select s.id, s.created from public.messenger_send($1::text[]::jsonb[]) s order by s.ordinal
