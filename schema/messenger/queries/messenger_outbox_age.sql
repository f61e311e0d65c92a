-- Returns: seconds for which the oldest message waits to be sent to its broker double precision; 0 when none does
select nova.messenger_outbox_age()
