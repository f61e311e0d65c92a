-- $1 bigint[] ids, $2 bigint[] tokens, $3 text[] messages, $4 text[] classes, $5 text[] verdicts
-- (retry, unrecoverable, recoverable).
-- Returns in their order: retrying, failed, stale or gone (text)
select f.outcome from public.messenger_fail($1, $2, $3, $4, $5) f
