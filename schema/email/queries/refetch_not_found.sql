-- A message was read and is not there. $1 inbox id, $2 message id, $3 404s when it was claimed, $4 boolean: somebody
-- waits for it. Returns: it is a tombstone now boolean
select nova.refetch_not_found($1::uuid, $2::text, $3::bigint,
                              case when $4::boolean then nova.not_found_delay_short() else nova.not_found_delay() end)
