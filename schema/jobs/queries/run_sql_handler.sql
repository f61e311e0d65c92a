-- $1 function, $2 role text, $3 the job as JSON text. Returns: what the function returns, as JSON text or NULL
select nova.run_sql_handler($1, $2, $3::jsonb)
