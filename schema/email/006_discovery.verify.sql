do $$
declare
  v_name text;
begin
  foreach v_name in array array['hold_discovery', 'discovery_overlap', 'passes_max', 'plan_windows', 'begin_discovery',
      'claim_window', 'stored_of', 'queue_threads', 'add_gap', 'finish_discovery', 'end_pass', 'turn_page',
      'record_page', 'restart_window', 'give_up_window', 'fail_discovery', 'discover_again'] loop
    if not exists (select from pg_catalog.pg_proc p
                    where p.pronamespace = to_regnamespace('nova') and p.proname = v_name) then
      raise exception 'function nova.% is missing', v_name;
    end if;
  end loop;
end
$$;
