do $$
declare
  missing text;
begin
  select string_agg(name, ', ') into missing
    from unnest(array['nova.record_actor_failures(bigint,timestamptz[],text[],text[],text[],text[],text[],integer[])',
                      'nova.prune_actor_failures(interval,integer)',
                      'nova.set_setting(text,jsonb,text,text,interval)', 'nova.clear_setting(text)',
                      'nova.revert_due_settings()',
                      'nova.record_operator_action(text,text,text,text,text,jsonb,text,text,bigint)']) as name
   where to_regprocedure(name) is null;
  if missing is not null then
    raise exception 'missing: %', missing;
  end if;
end
$$;
