do $$
begin
  perform 'nova.jobs_in_hand(bigint)'::regprocedure, 'nova.job_schedules()'::regprocedure,
          'nova.syncs_shown()'::regprocedure;
end
$$;
