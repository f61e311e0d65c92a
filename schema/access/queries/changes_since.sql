-- What changed since a position: see nova.changes_of.
-- $1 position text, NULL: now; $2 at most bigint; $3 inboxes text[]; $4 all of them instead boolean. Returns: kind, op,
-- inbox id, key, id, thread id, origin, position (all text, empty: none)
select c.kind, c.op, coalesce(c.inbox_id::text, ''), coalesce(c.key, ''), coalesce(c.id::text, ''),
       coalesce(c.thread_id, ''), coalesce(c.origin, ''), c.position
  from nova.changes_of($1::text, $2::bigint::integer, case when not $4::boolean then $3::text[]::uuid[] end) c
