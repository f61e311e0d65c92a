do $$
begin
  perform 'nova.jobs_in_hand(bigint)'::regprocedure, 'nova.job_schedules()'::regprocedure;
end
$$;
