do $$
declare
  missing text;
begin
  select string_agg(name, ', ') into missing
    from unnest(array['nova.queues_due(text[])', 'nova.run_sql_handler(text,text,jsonb)',
                      'nova.release_ended_jobs()']) as name
   where to_regprocedure(name) is null;
  if missing is not null then
    raise exception 'missing: %', missing;
  end if;
  if not exists (select from pg_trigger
                  where tgname = 'release_jobs' and tgrelid = 'nova.cluster_nodes'::regclass) then
    raise exception 'missing: trigger release_jobs on nova.cluster_nodes';
  end if;
end
$$;
