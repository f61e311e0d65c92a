do $$
begin
  if to_regclass('nova.cluster_nodes') is not null then
    drop trigger if exists release_jobs on nova.cluster_nodes;
  end if;
end
$$;
drop function if exists nova.release_ended_jobs();
drop function if exists nova.run_sql_handler(text, text, jsonb);
drop function if exists nova.queues_due(text[]);
