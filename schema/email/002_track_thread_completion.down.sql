do $$
begin
  if to_regclass('public.queued_threads') is not null then
    drop trigger if exists count_inserted_threads on public.queued_threads;
    drop trigger if exists count_updated_threads on public.queued_threads;
    drop trigger if exists count_deleted_threads on public.queued_threads;
  end if;
  if to_regclass('public.flux_inbox_configurations') is not null then
    drop trigger if exists check_backfill_move on public.flux_inbox_configurations;
    drop trigger if exists start_backfill_stats on public.flux_inbox_configurations;
  end if;
end
$$;
drop function if exists public.acknowledge_thread_job(bigint, uuid, text, integer, boolean, text);
drop function if exists nova.try_complete_backfill(uuid, text);
drop function if exists nova.refresh_backfill_progress(uuid);
drop function if exists nova.count_threads();
drop function if exists nova.move_backfill(uuid, text, text, text);
drop function if exists nova.start_backfill_stats();
drop function if exists nova.check_backfill_move();
drop function if exists nova.backfill_may_move(text, text);
drop sequence if exists nova.claim_tokens;
