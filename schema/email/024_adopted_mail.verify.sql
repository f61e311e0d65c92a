do $$
declare
  v_missing text;
begin
  select string_agg(n.name, ', ') into v_missing
    from unnest(array['adopted_work', 'adopt_rows', 'lacking_rows', 'messages_to_return', 'note_archived',
                      'start_adopted_backfills', 'take_messages']) n (name)
   where not exists (select from pg_catalog.pg_proc p
                      where p.pronamespace = to_regnamespace('nova') and p.proname = n.name);
  if v_missing is not null then
    raise exception 'functions are missing in nova: %', v_missing;
  end if;
end
$$;
