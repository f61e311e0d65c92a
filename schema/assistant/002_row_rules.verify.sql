do $$
declare
  missing text;
begin
  select string_agg(name, ', ') into missing
    from unnest(array['nova.touch_updated_at()', 'nova.touch_conversations()', 'nova.tenant_of_conversation()',
                      'nova.tenant_of_message()', 'nova.protect_tenant_table(regclass)', 'nova.name_callers(regclass)',
                      'nova.add_user_key(regclass,text)', 'nova.expect_all_rows(regclass[])']) as name
   where to_regprocedure(name) is null;
  if missing is not null then
    raise exception 'missing: %', missing;
  end if;
end
$$;
