-- Returns: transport text, how long the next message has waited in seconds, in how many seconds one
-- is due (double precision; NULL: none)
select a.transport, a.ready_s, a.next_s from nova.messenger_ages() a
