drop function if exists nova.why_message(uuid, text, timestamptz);
drop function if exists nova.why_renamed(uuid, text);
drop function if exists nova.tie_former_ids(uuid, text);
drop function if exists nova.tie_former_id(uuid, text);
drop function if exists nova.look_for_former(uuid[], text[], text[], bigint[], text[], bigint[], integer[]);
drop table if exists nova.message_former_ids;
drop index if exists public.flux_email_messages_rfc822;
alter table if exists public.flux_email_messages
  drop column if exists rfc822_message_id, drop column if exists rfc822_lo, drop column if exists alive_lo;
