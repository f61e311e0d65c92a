do $$
declare
  v_name text;
begin
  foreach v_name in array array['expect_backfill', 'lock_backfill', 'resume_backfill', 'fair_shares', 'claim_threads',
                                'missing_of', 'finish_threads', 'fail_threads', 'release_threads', 'release_ended_node',
                                'retry_failed_threads', 'revisit_threads', 'backfill_attempts', 'thread_attempts'] loop
    if not exists (select from pg_catalog.pg_proc p
                    where p.pronamespace = to_regnamespace('nova') and p.proname = v_name) then
      raise exception 'function nova.% is missing', v_name;
    end if;
  end loop;
  if not exists (select from pg_trigger
                  where tgrelid = 'nova.cluster_nodes'::regclass and tgname = 'release_claims') then
    raise exception 'missing: the trigger release_claims on nova.cluster_nodes';
  end if;
end
$$;
