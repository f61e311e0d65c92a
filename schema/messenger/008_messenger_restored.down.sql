drop function if exists nova.messenger_after_restore();
