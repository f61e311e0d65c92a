-- $1 text[] queues to be made. Returns: tables emptied integer
select nova.before_restore($1::text[])
