-- $1 config id, $2 window id bigint, $3 token of the lease or 0 bigint, $4 node text. Returns: its
-- token bigint; no row when it is listed
select w.token from nova.claim_window($3::bigint, $1::uuid, $2::bigint, $4::text) w
