-- $1 grant id, $2 who, $3 why. Returns: config id text or NULL
select nova.discover_again($1::text, $2::text, $3::text)::text
