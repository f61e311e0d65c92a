-- $1 bigint[] ids, $2 bigint[] tokens, $3 text[] messages, $4 text[] classes, $5 text[] verdicts
-- (retry, unrecoverable, recoverable), $6 bigint[] milliseconds until the next try, each NULL for the
-- backoff.
-- Returns in their order: retrying, failed, stale or gone (text)
select f.outcome from public.messenger_fail($1, $2, $3, $4, $5,
         array(select a.ms * interval '1 millisecond'
                 from unnest($6::bigint[]) with ordinality a (ms, n) order by a.n)) f
