-- Writes the retry of a failed run, or finds the one that is written. $1 run. Returns: id text
select public.schedule_sync_retry($1::uuid)::text
