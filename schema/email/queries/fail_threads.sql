-- $1 text[] config ids, $2 text[] thread ids, $3 bigint[] tokens, $4 text[] reasons,
-- $5 boolean[] permanent, $6 boolean[] throttled, $7 bigint[] delays in milliseconds. Returns in
-- order: the token was good boolean
select f
  from nova.fail_threads($1::text[]::uuid[], $2::text[], $3::bigint[], $4::text[], $5::boolean[], $6::boolean[],
                         $7::bigint[]) f
