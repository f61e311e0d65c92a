-- $1 role text
select nova.make_worker($1::text::name)
