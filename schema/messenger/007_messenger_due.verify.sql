do $$
declare
  missing text;
begin
  select string_agg(name, ', ') into missing
    from unnest(array['nova.messenger_due()', 'nova.messenger_ages()', 'nova.messenger_next_due()',
                      'nova.messenger_next_slot()',
                      'nova.messenger_mark_alone(bigint,bigint)']) as name
   where to_regprocedure(name) is null;
  if missing is not null then
    raise exception 'missing: %', missing;
  end if;
end
$$;
