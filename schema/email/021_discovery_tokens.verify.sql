do $$
declare
  missing text;
begin
  select string_agg(name, ', ') into missing
    from unnest(array['nova.hold_discovery(bigint,uuid)', 'nova.begin_discovery_as(bigint,uuid)',
      'nova.record_page_as(bigint,uuid,bigint,text,text,text[],bigint[])', 'nova.fail_discovery_as(bigint,uuid,text)']) as name
   where to_regprocedure(name) is null;
  if missing is not null then
    raise exception 'missing: %', missing;
  end if;
  if not exists (select from information_schema.columns
                  where table_schema = 'public' and table_name = 'flux_inbox_configurations' and column_name = 'discovery_token') then
    raise exception 'missing: column discovery_token of public.flux_inbox_configurations';
  end if;
end
$$;
