drop table if exists nova.messenger_handlers;
drop function if exists nova.announce_handlers();
