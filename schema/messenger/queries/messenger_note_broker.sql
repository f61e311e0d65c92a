-- $1 transport, $2 worker text, $3 class and $4 text of the error, empty when there is none, $5 messages that the
-- broker has bigint or NULL, $6 those that this worker has integer
select nova.messenger_note_broker($1::text, $2::text, $3::text, $4::text, $5::bigint, $6::integer)
