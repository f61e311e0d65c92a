-- $1 transport, $2 worker text; of each message $3 text[] as the broker has it, $4 integer[] deliveries,
-- $5 text[] verdicts (retry, fail), $6 text[] classes and $7 text[] texts of the errors, $8 bigint[] milliseconds until
-- the next try, each NULL for the backoff.
-- Returns in their order: milliseconds until it is delivered again bigint and as what text; NULL: it has failed
select e.delay_ms, e.payload
  from nova.messenger_end_delivered($1::text, $2::text, $3::text[], $4::integer[], $5::text[], $6::text[], $7::text[],
                                    $8::bigint[]) e
