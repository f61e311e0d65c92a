-- $1 about how many messages. Returns: made searchable bigint
select nova.fill_search($1::bigint::integer)
