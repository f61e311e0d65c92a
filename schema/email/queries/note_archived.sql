-- $1 queue text, $2 ids bigint[]
select nova.note_archived($1::text, $2::bigint[])
