do $$
begin
  if to_regclass('nova.upkeep_tasks') is not null then
    drop function if exists nova.write_upkeep_run(nova.upkeep_tasks, text, bigint, bigint, text, text, text, jsonb);
    drop function if exists nova.lose_upkeep(nova.upkeep_tasks);
    drop function if exists nova.upkeep_next(nova.upkeep_tasks, timestamptz);
  end if;
end
$$;
drop table if exists nova.upkeep_tasks;
drop table if exists nova.upkeep_runs;
drop function if exists nova.upkeep_after_restore();
drop function if exists nova.next_upkeep();
drop function if exists nova.plan_upkeep(text);
drop function if exists nova.end_upkeep(text, bigint, text, bigint, bigint, text, text, text, interval, jsonb);
drop function if exists nova.release_upkeep_of(text[]);
drop function if exists nova.release_upkeep(text[], bigint[]);
drop function if exists nova.extend_upkeep(text[], bigint[], interval);
drop function if exists nova.claim_upkeep_now(text, text, interval);
drop function if exists nova.claim_upkeep(text, interval, integer);
drop function if exists nova.expect_upkeep_lease(interval);
drop function if exists nova.take_upkeep(text[], text, interval);
drop function if exists nova.mend_upkeep();
drop function if exists nova.announce_upkeep();
drop function if exists nova.plan_upkeep_task();
drop function if exists nova.expect_upkeep_options(text, text, jsonb);
drop function if exists nova.upkeep_backoff(integer);
drop function if exists nova.upkeep_systems();
drop function if exists nova.upkeep_targets(text);
drop sequence if exists nova.upkeep_tokens;
