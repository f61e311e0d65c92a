-- Refuses (42710) what taken_names has found. $1 text[] what is taken. Returns: void
select nova.refuse_names($1::text[])::text
