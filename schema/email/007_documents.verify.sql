do $$
declare
  v_name text;
begin
  foreach v_name in array array['public.initialize_sync_stats(uuid)',
      'public.insert_queued_thread_idempotent(uuid, text, timestamptz)',
      'public.transition_to_thread_sync(uuid)', 'public.queue_thread_sync(uuid, text, uuid, text, integer)',
      'public.update_backfill_orchestration_progress(uuid, jsonb)', 'public.get_sync_progress(uuid)',
      'public.get_sync_progress(text)', 'public.get_webhook_metrics(interval)',
      'nova.accept_thread_jobs(uuid, text[], timestamptz[])',
      'nova.refresh_progress(uuid)', 'nova.recover_premature_completions()',
      'nova.set_inbox_status(text, text, text, text)', 'nova.add_inbox(text, text, text, boolean)'] loop
    if to_regprocedure(v_name) is null then
      raise exception 'function % is missing', v_name;
    end if;
  end loop;
end
$$;
