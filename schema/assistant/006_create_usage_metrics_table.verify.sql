do $$
declare
  missing text;
begin
  select string_agg(name, ', ')
    into missing
    from unnest(array['public.usage_metrics', 'public.monthly_usage_summary', 'public.monthly_usage_summary_key',
                      'public.current_day_usage']) as name
   where to_regclass(name) is null;
  if missing is not null then
    raise exception 'missing: %', missing;
  end if;
  select string_agg(name, ', ')
    into missing
    from unnest(array['public.increment_usage_metrics(uuid,uuid,date,integer,integer,numeric)']) as name
   where to_regprocedure(name) is null;
  if missing is not null then
    raise exception 'missing: %', missing;
  end if;
  select string_agg(name, ', ')
    into missing
    from unnest(array['usage_metrics_select', 'usage_metrics_insert', 'usage_metrics_update',
                      'usage_metrics_delete']) as name
   where not exists (select from pg_catalog.pg_policy p
                      where p.polrelid = 'public.usage_metrics'::regclass and p.polname = name);
  if missing is not null then
    raise exception 'missing: %', missing;
  end if;
  if not (select relrowsecurity from pg_catalog.pg_class where oid = 'public.usage_metrics'::regclass) then
    raise exception 'row-level security of public.usage_metrics is off';
  end if;
end
$$;
