do $$
declare
  missing text;
begin
  select string_agg(name, ', ')
    into missing
    from unnest(array['public.feedback', 'public.message_feedback_summary',
                      'public.message_feedback_summary_key']) as name
   where to_regclass(name) is null;
  if missing is not null then
    raise exception 'missing: %', missing;
  end if;
  select string_agg(name, ', ')
    into missing
    from unnest(array['feedback_select', 'feedback_insert', 'feedback_update', 'feedback_delete']) as name
   where not exists (select from pg_catalog.pg_policy p
                      where p.polrelid = 'public.feedback'::regclass and p.polname = name);
  if missing is not null then
    raise exception 'missing: %', missing;
  end if;
  if not (select relrowsecurity from pg_catalog.pg_class where oid = 'public.feedback'::regclass) then
    raise exception 'row-level security of public.feedback is off';
  end if;
end
$$;
