do $$
declare
  v_name text;
begin
  foreach v_name in array array['nova.upkeep_tasks', 'nova.upkeep_runs', 'nova.upkeep_tokens'] loop
    if to_regclass(v_name) is null then
      raise exception '% is missing', v_name;
    end if;
  end loop;
  foreach v_name in array array['nova.upkeep_targets(text)',
      'nova.upkeep_systems()',
      'nova.upkeep_backoff(integer)',
      'nova.expect_upkeep_options(text, text, jsonb)',
      'nova.plan_upkeep_task()',
      'nova.announce_upkeep()',
      'nova.mend_upkeep()',
      'nova.take_upkeep(text[], text, interval)',
      'nova.expect_upkeep_lease(interval)',
      'nova.claim_upkeep(text, interval, integer)',
      'nova.claim_upkeep_now(text, text, interval)',
      'nova.extend_upkeep(text[], bigint[], interval)',
      'nova.release_upkeep(text[], bigint[])',
      'nova.release_upkeep_of(text[])',
      'nova.end_upkeep(text, bigint, text, bigint, bigint, text, text, text, interval, jsonb)',
      'nova.plan_upkeep(text)',
      'nova.next_upkeep()',
      'nova.upkeep_after_restore()'] loop
    if to_regprocedure(v_name) is null then
      raise exception 'function % is missing', v_name;
    end if;
  end loop;
  foreach v_name in array array['plan_upkeep_task', 'replan_upkeep_task', 'upkeep_added', 'upkeep_changed'] loop
    if not exists (select from pg_catalog.pg_trigger t
                    where t.tgname = v_name and t.tgrelid = to_regclass('nova.upkeep_tasks')) then
      raise exception 'the trigger % is missing', v_name;
    end if;
  end loop;
end
$$;
