-- $1 id of a message bigint, $2 worker text, $3 lease in milliseconds bigint.
-- Returns nothing, or: id, token bigint, type, body, headers, queue text, attempts, deliveries, crashes integer, tenant
-- text or NULL
select c.id, c.token, c.type, c.body, c.headers, c.queue, c.attempts, c.deliveries, c.crashes, c.tenant_id
  from nova.messenger_claim_sent($1::bigint, $2::text, $3::bigint * interval '1 millisecond') c
