-- $1 bigint[] ids, $2 bigint[] tokens, $3 delay in milliseconds. Returns in their order: released, stale or gone (text)
select r.outcome from public.messenger_release($1, $2, $3::bigint * interval '1 millisecond') r
