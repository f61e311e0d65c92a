do $$
declare
  v_name text;
begin
  foreach v_name in array array['store_messages', 'tombstone_messages', 'recompute_threads', 'lock_threads',
      'lock_threads_of', 'judge_observation', 'store_attachments', 'same_attachments', 'thread_folders',
      'thread_participants', 'open_below', 'provisional_delay', 'doubt_delay', 'not_found_delay', 'refetch_not_found',
      'postpone_refetches', 'deletion_doubt', 'refetch_claim'] loop
    if not exists (select from pg_catalog.pg_proc p
                    where p.pronamespace = to_regnamespace('nova') and p.proname = v_name) then
      raise exception 'function nova.% is missing', v_name;
    end if;
  end loop;
end
$$;
