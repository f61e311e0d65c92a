-- Returns: what differs when a handler does text
select coalesce(sum(hashtextextended(h::text, 0)), 0)::text from nova.messenger_handlers h
