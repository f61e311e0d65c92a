-- $1 grant id, $2 status, $3 reason. Returns: changed boolean
select nova.set_inbox_status($1::text, $2::text, $3::text, 'grants')
