do $$
declare
  v_name text;
begin
  foreach v_name in array array['lock_threads', 'thread_folders', 'thread_participants', 'recompute_threads',
                                'thread_gains', 'add_to_threads'] loop
    if not exists (select from pg_catalog.pg_proc p
                    where p.pronamespace = to_regnamespace('nova') and p.proname = v_name) then
      raise exception 'function nova.% is missing', v_name;
    end if;
  end loop;
end
$$;
