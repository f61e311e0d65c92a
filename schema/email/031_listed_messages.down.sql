drop function if exists nova.record_listed_page(bigint, uuid, bigint, text, text, text[], bigint[], text[], text[]);
drop function if exists nova.record_messages_page(bigint, uuid, bigint, text, text);
