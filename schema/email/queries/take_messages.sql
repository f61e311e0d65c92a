-- $1 queue text, $2 ids bigint[], $3 messages text[], $4 what each became text[], $5 of what text[].
-- Returns: ids bigint, of those that were not taken already
select nova.take_messages($1::text, $2::bigint[], $3::text[], $4::text[], $5::text[])
