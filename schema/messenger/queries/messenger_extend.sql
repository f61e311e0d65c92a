-- $1 bigint[] ids, $2 bigint[] tokens, $3 lease in milliseconds. Returns in their order: extended, stale or gone (text)
select e.outcome from public.messenger_extend($1, $2, $3::bigint * interval '1 millisecond') e
