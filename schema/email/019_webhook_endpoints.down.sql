drop function if exists nova.note_webhook_endpoints(text[], text[], text[]);
drop table if exists nova.webhook_endpoints;
