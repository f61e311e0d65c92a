-- $1 worker, $2 lease in milliseconds, $3 at most so many. Takes tasks of upkeep that are due.
-- Returns: name, token bigint, kind, target, options text (JSON), attempts integer
select c.name, c.token, c.kind, c.target, c.options, c.attempts
  from nova.claim_upkeep($1, $2::bigint * interval '1 millisecond', $3::integer) c
