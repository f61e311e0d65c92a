-- $1 config id, $2 reason, $3 token of the lease or 0 bigint. Returns: failed for good boolean
select nova.fail_discovery($3::bigint, $1::uuid, $2::text)
