do $$
declare
  missing text;
begin
  select string_agg(name, ', ') into missing
    from unnest(array['public.integration_configs', 'public.integration_sync_configs',
                      'public.integration_sync_history', 'nova.sync_claim_token']) as name
   where to_regclass(name) is null;
  if missing is not null then
    raise exception 'missing: %', missing;
  end if;
end
$$;
