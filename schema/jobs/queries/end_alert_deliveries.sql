-- What became of messages. $1 ids, $2 tokens (bigint[]), $3 verdicts, $4 error classes, $5 errors (text[]), $6
-- waits until the next attempt in milliseconds bigint[], $7 the time in microseconds since 1970, or NULL for the
-- database's clock bigint. Returns: for each, in their order, accepted, stale or gone (text)
select e.outcome
  from nova.end_alert_deliveries($1::bigint[], $2::bigint[], $3::text[], $4::text[], $5::text[],
         (select array_agg(make_interval(secs => w.ms / 1000.0) order by w.n)
            from unnest($6::bigint[]) with ordinality w (ms, n)),
         coalesce(timestamptz 'epoch' + $7::bigint * interval '1 microsecond', clock_timestamp())) e
