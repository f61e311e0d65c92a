-- Makes messages of what is to be told. $1 how long the first waits for others, $2 how long an end does, in
-- milliseconds (bigint), $3 the time in microseconds since 1970, or NULL for the database's clock bigint. Returns:
-- messages bigint
select nova.gather_alerts(make_interval(secs => $1::bigint / 1000.0), make_interval(secs => $2::bigint / 1000.0),
         coalesce(timestamptz 'epoch' + $3::bigint * interval '1 microsecond', clock_timestamp()))
