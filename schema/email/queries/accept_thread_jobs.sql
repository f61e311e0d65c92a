-- $1 config id, $2 text[] thread ids, $3 bigint[] when each was sent, microseconds since 1970.
-- Returns: to be claimed bigint
select nova.accept_thread_jobs($1::uuid, $2::text[],
  array(select to_timestamp(s / 1e6) from unnest($3::bigint[]) with ordinality u (s, ord) order by ord))
