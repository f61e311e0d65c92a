-- It could not go on. $1 inbox id, $2 scope, $3 token bigint, $4 reason, $5 boolean: nothing of its own is wrong
select nova.fail_certification($1::uuid, $2::text, $3::bigint, $4::text, $5::boolean)
