do $$
declare
  v_name text;
begin
  foreach v_name in array array['tombstone_messages', 'lock_threads_of', 'not_found_delay',
      'not_found_delay_short', 'not_found_looks', 'refetch_not_found', 'postpone_refetches', 'refetch_claim'] loop
    if not exists (select from pg_catalog.pg_proc p
                    where p.pronamespace = to_regnamespace('nova') and p.proname = v_name) then
      raise exception 'function nova.% is missing', v_name;
    end if;
  end loop;
end
$$;
