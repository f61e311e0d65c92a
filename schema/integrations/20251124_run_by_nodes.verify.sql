do $$
begin
  perform sync_mode, records_inserted, records_updated, records_deleted, records_skipped, records_total, bytes, pages,
          checkpoint, cancel_requested_at from public.integration_sync_history limit 0;
  perform settings, cron, timezone, every, next_run_at, max_retries, retry_base, retry_max, state
     from public.integration_sync_configs limit 0;
  perform 'public.integration_records'::regclass, 'public.integration_rejected_records'::regclass,
          'nova.sync_seen'::regclass, 'nova.sync_missing'::regclass,
          'nova.ask_sync(uuid,text,text)'::regprocedure, 'nova.claim_syncs(text,integer,interval)'::regprocedure,
          'nova.next_sync()'::regprocedure, 'nova.release_syncs(uuid[],bigint[])'::regprocedure,
          'nova.release_syncs_of(text[])'::regprocedure, 'nova.sync_claim(uuid,bigint)'::regprocedure,
          'nova.end_sync_run(uuid,bigint,text,text,text)'::regprocedure, 'nova.cancel_sync(uuid)'::regprocedure;
end
$$;
