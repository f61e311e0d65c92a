drop function if exists nova.explain_job(text);
drop function if exists nova.explain_waiting_message(bigint);
drop function if exists nova.syncs_shown();
drop function if exists nova.job_schedules();
drop function if exists nova.jobs_in_hand(bigint);
