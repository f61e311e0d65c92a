-- Ends a claim of an attachment without bytes. $1 inbox id, $2 message id, $3 attachment id, $4 until when it was
-- taken, microseconds since 1970, $5 later, failed, gone or too_large, $6 its size bigint or null, $7 milliseconds
-- until it is due again, $8 the reason. Returns: its state text, null when another has it
select nova.settle_attachment($1::uuid, $2::text, $3::text,
                              timestamptz 'epoch' + $4::bigint * interval '1 microsecond', $5::text, $6::bigint,
                              $7::bigint * interval '1 millisecond', $8::text)
