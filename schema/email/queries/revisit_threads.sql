-- Queues failed threads again that are due for another look. $1 limit. Returns: how many bigint
select nova.revisit_threads($1::bigint::integer)
