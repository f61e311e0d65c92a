-- $1 bigint[] ids, $2 bigint[] tokens. Returns in their order: completed, stale or gone (text)
select c.outcome from public.messenger_complete($1, $2) c
