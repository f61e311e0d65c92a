do $$
begin
  if to_regclass('nova.cluster_nodes') is not null then
    drop trigger if exists release_claims on nova.cluster_nodes;
  end if;
end
$$;
drop function if exists nova.release_ended_node();
drop function if exists nova.revisit_threads(integer);
drop function if exists nova.retry_failed_threads(uuid, text[], text);
drop function if exists nova.release_threads(text, bigint);
drop function if exists nova.fail_threads(uuid[], text[], bigint[], text[], boolean[], boolean[], bigint[]);
drop function if exists nova.finish_threads(uuid[], text[], bigint[], integer[]);
drop function if exists nova.missing_of(uuid, text[]);
drop function if exists nova.claim_threads(text, bigint, integer);
drop function if exists nova.fair_shares(bigint[], bigint[], bigint);
drop function if exists nova.resume_backfill(uuid, text, text);
drop function if exists nova.thread_attempts();
drop function if exists nova.backfill_attempts();
do $$
begin
  -- Their types go with the tables.
  if to_regclass('public.backfill_windows') is not null then
    drop function if exists nova.lock_backfill(uuid, text[]);
    drop function if exists nova.expect_backfill(uuid, text[]);
  end if;
end
$$;
