do $$
begin
  if to_regclass('public.integration_sync_configs') is not null then
    drop trigger if exists plan_sync on public.integration_sync_configs;
    drop trigger if exists replan_sync on public.integration_sync_configs;
    drop trigger if exists forget_sync_records on public.integration_sync_configs;
    drop trigger if exists sync_planned on public.integration_sync_configs;
    drop trigger if exists sync_replanned on public.integration_sync_configs;
    drop trigger if exists sync_waits on public.integration_sync_history;
  end if;
end
$$;
drop function if exists nova.cancel_sync(uuid);
drop function if exists nova.end_sync_run(uuid, bigint, text, text, text);
drop function if exists nova.commit_sync_page(uuid, bigint, bigint, bigint, bigint, bigint, bigint, bigint, bigint,
                                              text, jsonb, jsonb);
drop function if exists nova.sync_claim(uuid, bigint);
drop function if exists nova.release_syncs_of(text[]);
drop function if exists nova.release_syncs(uuid[], bigint[]);
drop function if exists nova.next_sync();
drop function if exists nova.claim_syncs(text, integer, interval);
drop function if exists nova.plan_due_syncs();
drop function if exists nova.ask_sync(uuid, text, text);
drop function if exists nova.forget_sync_records();
drop function if exists nova.announce_sync();
drop function if exists nova.plan_sync();
drop function if exists nova.sync_next(text, text, interval, timestamptz);
drop table if exists nova.sync_missing, nova.sync_seen, public.integration_rejected_records, public.integration_records;
alter table public.integration_sync_history
  drop column if exists sync_mode, drop column if exists records_inserted, drop column if exists records_updated,
  drop column if exists records_deleted, drop column if exists records_skipped, drop column if exists records_total,
  drop column if exists bytes, drop column if exists pages, drop column if exists checkpoint,
  drop column if exists cancel_requested_at;
drop index if exists public.integration_sync_history_one_waiting, public.integration_sync_history_open;
alter table public.integration_sync_configs
  drop column if exists settings, drop column if exists cron, drop column if exists timezone,
  drop column if exists every,
  drop column if exists next_run_at, drop column if exists max_retries, drop column if exists retry_base,
  drop column if exists retry_max, drop column if exists state;
