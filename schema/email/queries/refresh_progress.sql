-- $1 config id, or NULL for all that run. Returns: config id text
select r::text from nova.refresh_progress($1::uuid) r
