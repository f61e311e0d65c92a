do $$
declare
  missing text;
begin
  select string_agg(name, ', ')
    into missing
    from unnest(array['public.conversations', 'public.idx_conversations_tenant_updated']) as name
   where to_regclass(name) is null;
  if missing is not null then
    raise exception 'missing: %', missing;
  end if;
  select string_agg(name, ', ')
    into missing
    from unnest(array['public.update_updated_at_column()']) as name
   where to_regprocedure(name) is null;
  if missing is not null then
    raise exception 'missing: %', missing;
  end if;
  select string_agg(name, ', ')
    into missing
    from unnest(array['conversations_select', 'conversations_insert', 'conversations_update',
                      'conversations_delete']) as name
   where not exists (select from pg_catalog.pg_policy p
                      where p.polrelid = 'public.conversations'::regclass and p.polname = name);
  if missing is not null then
    raise exception 'missing: %', missing;
  end if;
  if not (select relrowsecurity from pg_catalog.pg_class where oid = 'public.conversations'::regclass) then
    raise exception 'row-level security of public.conversations is off';
  end if;
end
$$;
