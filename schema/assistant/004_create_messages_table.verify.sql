do $$
declare
  missing text;
begin
  select string_agg(name, ', ')
    into missing
    from unnest(array['public.messages', 'public.idx_messages_conversation_created']) as name
   where to_regclass(name) is null;
  if missing is not null then
    raise exception 'missing: %', missing;
  end if;
  select string_agg(name, ', ')
    into missing
    from unnest(array['public.update_conversation_timestamp()']) as name
   where to_regprocedure(name) is null;
  if missing is not null then
    raise exception 'missing: %', missing;
  end if;
  select string_agg(name, ', ')
    into missing
    from unnest(array['messages_select', 'messages_insert', 'messages_update', 'messages_delete']) as name
   where not exists (select from pg_catalog.pg_policy p
                      where p.polrelid = 'public.messages'::regclass and p.polname = name);
  if missing is not null then
    raise exception 'missing: %', missing;
  end if;
  if not (select relrowsecurity from pg_catalog.pg_class where oid = 'public.messages'::regclass) then
    raise exception 'row-level security of public.messages is off';
  end if;
end
$$;
