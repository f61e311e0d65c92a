-- $1 name, $2 token, $3 outcome (done, failed, skipped), $4 rows, $5 bytes, $6 error_class, $7 error, $8 file, $9
-- milliseconds until it is due again or null (by its schedule), $10 details (JSON) or null.
-- Returns: whether the claim was still good boolean
select nova.end_upkeep($1, $2::bigint, $3, $4::bigint, $5::bigint, nullif($6, ''), nullif($7, ''), nullif($8, ''),
                       $9::bigint * interval '1 millisecond', $10::jsonb) = 'accepted'
