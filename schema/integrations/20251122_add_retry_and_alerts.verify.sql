do $$
declare
  missing text;
begin
  select string_agg(name, ', ') into missing
    from unnest(array['public.integration_alert_history', 'public.pending_sync_retries',
                      'public.integration_sync_history_retry', 'public.integration_sync_history_due']) as name
   where to_regclass(name) is null
     and not (name ~ 'integration_sync_history_' and nova.is_foreign('integration_sync_history'));
  if missing is not null then
    raise exception 'missing: %', missing;
  end if;
  select string_agg(name, ', ') into missing
    from unnest(array['public.calculate_next_retry(integer,timestamptz,interval,interval,double precision,text)',
                      'public.schedule_sync_retry(uuid)',
                      'public.update_sync_watermark(uuid,text,timestamptz)']) as name
   where to_regprocedure(name) is null;
  if missing is not null then
    raise exception 'missing: %', missing;
  end if;
  select string_agg(name, ', ') into missing
    from unnest(array['integration_sync_history.retry_count', 'integration_sync_history.max_retries',
                      'integration_sync_history.retry_at', 'integration_sync_history.original_sync_id',
                      'integration_sync_history.is_retry', 'integration_configs.alert_on_failure',
                      'integration_configs.alert_on_success', 'integration_configs.alert_emails',
                      'integration_configs.alert_webhook_url', 'integration_sync_configs.sync_mode',
                      'integration_sync_configs.last_sync_timestamp', 'integration_sync_configs.incremental_key',
                      'integration_sync_configs.watermark_value']) as name
   where not exists (select from pg_catalog.pg_attribute a
                      where a.attrelid = to_regclass('public.' || split_part(name, '.', 1))
                        and a.attname = split_part(name, '.', 2) and not a.attisdropped);
  if missing is not null then
    raise exception 'columns are missing: %', missing;
  end if;
end
$$;
