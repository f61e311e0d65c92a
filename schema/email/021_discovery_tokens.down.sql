drop function if exists nova.fail_discovery_as(bigint, uuid, text);
drop function if exists nova.record_page_as(bigint, uuid, bigint, text, text, text[], bigint[]);
drop function if exists nova.begin_discovery_as(bigint, uuid);
drop function if exists nova.hold_discovery(bigint, uuid);
alter table public.flux_inbox_configurations drop column if exists discovery_token;
