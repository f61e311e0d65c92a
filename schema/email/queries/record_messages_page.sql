-- $1 config id, $2 window id, $3 the cursor of this page, $4 the next, $5 token of the lease or 0 bigint
select nova.record_messages_page($5::bigint, $1::uuid, $2::bigint, $3::text, $4::text)
