-- $1 inbox id, $2 and $3 bigint[] start and end in seconds, $4 double precision[] messages
select from nova.keep_samples($1::uuid, $2::bigint[], $3::bigint[], $4::double precision[])
