-- Makes a channel of alerts, or changes one. $1 name text, $2 kind text, $3 recipients text[], $4 url text, $5 the
-- secret that is the url text, $6 the name of the secret text, $7 format text, $8 private addresses boolean, $9
-- kinds text[], $10 window in milliseconds bigint, $11 it must be new boolean. Returns: its id bigint
select nova.set_alert_channel($1::text, $2::text, $3::text[], $4::text, $5::text, $6::text, $7::text, $8::boolean,
                              $9::text[], make_interval(secs => $10::bigint / 1000.0), $11::boolean)
