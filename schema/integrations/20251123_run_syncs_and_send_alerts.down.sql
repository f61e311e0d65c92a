drop function if exists nova.prune_syncs(integer);
drop function if exists nova.reset_sync_watermark(uuid, text, text, text);
drop trigger if exists end_sync_alert on public.integration_sync_configs;
drop function if exists nova.end_sync_alert();
drop function if exists nova.note_sync_alerts(bigint[]);
drop function if exists nova.finish_sync(uuid, bigint, text, bigint, bigint, bigint, text);
drop function if exists nova.extend_syncs(uuid[], bigint[], interval);
drop function if exists nova.claim_sync_retries(text, integer, interval);
drop function if exists nova.start_sync(uuid, text, interval, text, integer);
drop function if exists nova.close_lost_syncs(uuid);
drop function if exists nova.end_lost_sync(uuid);
drop function if exists nova.end_sync(uuid, text, bigint, bigint, bigint, text);
drop function if exists nova.record_sync_success(uuid);
drop function if exists nova.record_sync_failure(uuid, text, boolean);
do $$
begin
  if to_regclass('public.integration_sync_configs') is not null then
    drop function if exists nova.record_sync_recovery(uuid, public.integration_sync_configs);
    drop function if exists nova.sync_outage_key(public.integration_sync_configs);
  end if;
end
$$;
drop function if exists nova.record_sync_alert(uuid, text, text, text);
drop function if exists nova.raise_sync_alert(uuid, text, text, text, text);
alter table if exists public.integration_sync_history drop column if exists error_class;
