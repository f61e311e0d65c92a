do $$
declare
  missing text;
begin
  select string_agg(name, ', ') into missing
    from unnest(array['nova.record_sync_alert(uuid,text,text,text)', 'nova.record_sync_failure(uuid,text,boolean)',
                      'nova.record_sync_success(uuid)', 'nova.end_sync(uuid,text,bigint,bigint,bigint,text)',
                      'nova.end_lost_sync(uuid)', 'nova.close_lost_syncs(uuid)',
                      'nova.start_sync(uuid,text,interval,text,integer)',
                      'nova.claim_sync_retries(text,integer,interval)', 'nova.extend_syncs(uuid[],bigint[],interval)',
                      'nova.finish_sync(uuid,bigint,text,bigint,bigint,bigint,text)',
                      'nova.raise_sync_alert(uuid,text,text,text,text)', 'nova.note_sync_alerts(bigint[])',
                      'nova.reset_sync_watermark(uuid,text,text,text)']) as name
   where to_regprocedure(name) is null;
  if missing is not null then
    raise exception 'missing: %', missing;
  end if;
end
$$;
