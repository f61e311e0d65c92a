do $$
declare
  missing text;
begin
  select string_agg(name, ', ') into missing
    from unnest(array['nova.take_lease(text,bigint,interval)', 'nova.release_lease(text,bigint,bigint)',
                      'nova.renew_leases(bigint,text[],bigint[],interval)',
                      'nova.take_leases(text[],bigint,interval)']) as name
   where to_regprocedure(name) is null;
  if missing is not null then
    raise exception 'missing: %', missing;
  end if;
end
$$;
