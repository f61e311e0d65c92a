do $$
begin
  perform 'nova.jobs_in_hand(bigint)'::regprocedure, 'nova.job_schedules()'::regprocedure,
    'nova.explain_waiting_message(bigint)'::regprocedure, 'nova.explain_job(text)'::regprocedure,
          'nova.syncs_shown()'::regprocedure;
end
$$;
