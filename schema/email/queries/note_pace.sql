-- $1 grant id, $2 what binds text, $3 calls and $4 units a second double precision, $5 places bigint, $6 node text
insert into nova.grant_paces as p (grant_id, binds, calls_a_second, units_a_second, places, node)
values ($1::text, $2::text, $3::double precision, $4::double precision, $5::bigint::integer, $6::text)
    on conflict (grant_id) do update
   set binds = excluded.binds, calls_a_second = excluded.calls_a_second, units_a_second = excluded.units_a_second,
       places = excluded.places, node = excluded.node, noted_at = now()
