-- $1 config id, $2 kind text, $3 and $4 range in seconds bigint (end 0: none),
-- $5 reason text, $6 folder text
select nova.add_gap($1::uuid, $2::text, to_timestamp($3::bigint),
                    case when $4::bigint = 0 then 'infinity' else to_timestamp($4::bigint) end,
                    $5::text, nullif($6::text, ''))
