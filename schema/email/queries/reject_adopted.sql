-- $1 table text, $2 id text, $3 digest text, $4 reason text
select nova.note_adopted($1::text, $2::text, $3::text, null, null, null, $4::text)
