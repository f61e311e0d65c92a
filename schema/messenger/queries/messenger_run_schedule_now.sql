-- $1 schedule text. Returns: the message that was sent bigint
select public.messenger_run_schedule_now($1)
