do $$
begin
  perform 'nova.make_worker(name)'::regprocedure, 'nova.grant_workers()'::regprocedure, 'nova.worker_roles'::regclass;
end
$$;
