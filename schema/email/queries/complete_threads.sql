-- $1 text[] config ids, $2 text[] thread ids, $3 bigint[] tokens, $4 bigint[] messages.
-- Returns in order: the token was good boolean
select f from nova.finish_threads($1::text[]::uuid[], $2::text[], $3::bigint[], $4::bigint[]::integer[]) f
