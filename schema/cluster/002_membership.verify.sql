do $$
declare
  missing text;
begin
  select string_agg(name, ', ') into missing
    from unnest(array['nova.register_node(text,text[],text,text,integer,integer,integer,interval,text,bigint,text)',
                      'nova.heartbeat(bigint,interval,jsonb)', 'nova.set_node_state(bigint,text)',
                      'nova.is_drained(nova.cluster_nodes)', 'nova.state_of(nova.cluster_nodes)',
                      'nova.drain_node(text,text,text,interval)', 'nova.undrain_node(text)', 'nova.end_due_drains()',
                      'nova.leave(bigint)', 'nova.expire_nodes(bigint,interval)',
                      'nova.end_node(bigint,text,bigint,text)', 'nova.cut_off(bigint)',
                      'nova.suspect_node(bigint,bigint,boolean,text,interval)', 'nova.release_ended_reader()',
                      'nova.prune_nodes(interval)', 'nova.fencing_base()']) as name
   where to_regprocedure(name) is null;
  if missing is not null then
    raise exception 'missing: %', missing;
  end if;
  if not exists (select from pg_catalog.pg_trigger
                  where tgname = 'release_reader' and tgrelid = 'nova.cluster_nodes'::regclass) then
    raise exception 'missing: trigger release_reader on nova.cluster_nodes';
  end if;
end
$$;
