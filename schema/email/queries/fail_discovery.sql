-- $1 config id, $2 reason. Returns: failed for good boolean
select nova.fail_discovery($1::uuid, $2::text)
