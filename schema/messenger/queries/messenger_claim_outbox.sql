-- $1 transport, $2 worker text, $3 at most so many integer, $4 lease in milliseconds bigint. Returns: id, token bigint,
-- the message as it is sent to the broker, JSON text
select c.id, c.token, c.payload
  from nova.messenger_claim_outbox($1::text, $2::text, $3::integer, $4::bigint * interval '1 millisecond') c
