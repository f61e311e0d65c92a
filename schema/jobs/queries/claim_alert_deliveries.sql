-- Takes messages that are due. $1 worker, $2 email or webhook (text), $3 at most integer, $4 lease in milliseconds
-- bigint, $5 attempts that each has integer, $6 the time in microseconds since 1970, or NULL for the database's
-- clock bigint. Returns: id, token (bigint), attempts so far integer, address, format, url, url secret, secret name
-- (text), private addresses boolean, message id, that of the first of its thread or empty (text), created at in
-- microseconds since 1970 (bigint), what it says as JSON text
select c.id, c.token, c.attempts, c.address, c.format, c.url, c.url_secret, c.secret_name, c.allow_private,
       c.message_id, c.thread, (extract(epoch from c.created_at) * 1000000)::bigint, c.items::text
  from nova.claim_alert_deliveries($1::text, $2::text, $3::integer, make_interval(secs => $4::bigint / 1000.0),
         $5::integer, coalesce(timestamptz 'epoch' + $6::bigint * interval '1 microsecond', clock_timestamp())) c
