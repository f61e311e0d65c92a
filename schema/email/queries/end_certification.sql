-- Its list came to its end. $1 inbox id, $2 scope, $3 token bigint, $4 calls bigint.
-- Returns: every day is equal boolean, null when another has it
select nova.end_certification($1::uuid, $2::text, $3::bigint, $4::bigint)
