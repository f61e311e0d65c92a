-- $1 configuration, $2 who asks, $3 full, incremental, delta or NULL. Returns: the run, text
select nova.ask_sync($1::uuid, $2::text, $3::text)::text
