-- $1 config id, $2 the share that is done double precision, seconds bigint or NULL: $3 left, $4 and $5 its range,
-- $6 until the newest thirty days are there; $7 what binds text, $8 messages expected bigint,
-- $9 double precision[] trace
select from nova.note_estimate($1::uuid, $2::double precision, $3::bigint, $4::bigint, $5::bigint, $6::bigint, $7::text,
                               $8::bigint, $9::double precision[])
