-- $1 node bigint or null, $2 times in microseconds since 1970 bigint[] (0: now), $3 kinds, $4 keys,
-- $5 reasons, $6 what each was doing, $7 types of messages text[], $8 restarts so far bigint[].
-- Returns: how many bigint
select count(*)
  from nova.record_actor_failures($1::bigint,
         array(select timestamptz 'epoch' + nullif(t, 0) * interval '1 microsecond'
                 from unnest($2::bigint[]) with ordinality as u(t, n)
                order by n),
         $3::text[], $4::text[], $5::text[], $6::text[], $7::text[], $8::bigint[]::integer[])
