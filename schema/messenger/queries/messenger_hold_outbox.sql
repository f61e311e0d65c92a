-- $1 bigint[] ids, $2 bigint[] tokens, $3 milliseconds until they are tried again bigint, $4 why they wait text
select nova.messenger_hold_outbox($1::bigint[], $2::bigint[], $3::bigint * interval '1 millisecond', $4::text)
