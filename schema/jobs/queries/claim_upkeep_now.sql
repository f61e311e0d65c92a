-- $1 name, $2 worker, $3 lease in milliseconds. One task, due or not.
-- Returns: name, token bigint, kind, target, options text (JSON), attempts integer; no row: there is none of that name
select c.name, c.token, c.kind, c.target, c.options, c.attempts
  from nova.claim_upkeep_now($1, $2, $3::bigint * interval '1 millisecond') c
