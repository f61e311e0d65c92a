-- $1 sha256 of the token bytea. Returns a row when it is good: ids of its inboxes with commas between text, seconds
-- that it is good for bigint
select array_to_string(c.inboxes, ','), c.seconds_left from nova.check_change_token($1::bytea) c
