-- $1 config id, $2 window id, $3 its token bigint, $4 kind of the gap text, $5 reason text.
-- Returns: discovery done boolean
select nova.give_up_window($1::uuid, $2::bigint, $3::bigint, $4::text, $5::text)
