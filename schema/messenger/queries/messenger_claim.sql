-- $1 transport, $2 text[] queues or NULL for all, $3 worker, $4 at most so many, $5 lease in milliseconds.
-- Returns: id, token bigint, type, body, headers, queue text, attempts, deliveries, crashes
-- integer, tenant text or NULL
select c.id, c.token, c.type, c.body, c.headers, c.queue, c.attempts, c.deliveries, c.crashes,
       c.tenant_id
  from public.messenger_claim($1, $2::text[], $3, $4::integer, $5::bigint * interval '1 millisecond') c
