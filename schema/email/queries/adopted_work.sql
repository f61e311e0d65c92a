-- Returns: inboxes that wait for a backfill of Nova bigint, their messages that it has to read bigint
select count(*), coalesce(sum(w.messages), 0)::bigint from nova.adopted_work() w
