-- $1 grant id, $2 what binds text, $3 calls and $4 units a second double precision, $5 places bigint, $6 node text,
-- calls that wait: $7 in all, $8 for other nodes bigint, $9 the oldest for so many milliseconds bigint; $10 calls
-- under way bigint, $11 units a second that are allowed, $12 units left double precision, $13 no call for so many
-- milliseconds bigint
insert into nova.grant_paces as p (grant_id, binds, calls_a_second, units_a_second, places, node, waiting,
  waiting_remote, oldest_wait, running, units_allowed, units_left, throttled_until)
values ($1::text, $2::text, $3::double precision, $4::double precision, $5::bigint::integer, $6::text,
  $7::bigint::integer, $8::bigint::integer, $9::bigint * interval '1 millisecond', $10::bigint::integer,
  $11::double precision, $12::double precision,
  case when $13::bigint > 0 then clock_timestamp() + $13::bigint * interval '1 millisecond' end)
    on conflict (grant_id) do update
   set binds = excluded.binds, calls_a_second = excluded.calls_a_second, units_a_second = excluded.units_a_second,
       places = excluded.places, node = excluded.node, waiting = excluded.waiting,
       waiting_remote = excluded.waiting_remote, oldest_wait = excluded.oldest_wait, running = excluded.running,
       units_allowed = excluded.units_allowed, units_left = excluded.units_left,
       throttled_until = excluded.throttled_until, noted_at = now()
