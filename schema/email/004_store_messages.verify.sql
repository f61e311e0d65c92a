do $$
declare
  v_name text;
begin
  foreach v_name in array array['store_messages', 'find_messages', 'places_of_round', 'add_messages',
      'judge_observations', 'confirm_messages', 'replace_messages', 'apply_observations',
      'judge_observation', 'store_attachments', 'open_below', 'provisional_delay', 'doubt_delay'] loop
    if not exists (select from pg_catalog.pg_proc p
                    where p.pronamespace = to_regnamespace('nova') and p.proname = v_name) then
      raise exception 'function nova.% is missing', v_name;
    end if;
  end loop;
end
$$;
