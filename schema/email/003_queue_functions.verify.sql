do $$
declare
  v_name text;
begin
  foreach v_name in array array['public.queue_inbox_backfill(uuid, timestamptz, timestamptz)',
      'public.queue_nylas_webhook_notification(text, text, jsonb, text)',
      'public.acknowledge_webhook_notification(text, text, text, bigint, bigint)',
      'nova.queue_notifications(text[], text[], text[], text[])', 'nova.retry_notifications(text[])',
      'nova.park_floods(integer, integer)', 'nova.release_parked(bigint, text[])',
      'nova.claim_parked(integer, integer, text[], integer[], bigint)',
      'nova.postpone_parked(text[], bigint[], boolean[], text[])',
      'nova.finish_notifications(text[], text[], text[], bigint[], bigint[], integer[], boolean[])'] loop
    if to_regprocedure(v_name) is null then
      raise exception 'function % is missing', v_name;
    end if;
  end loop;
  if to_regclass('nova.parked_notifications') is null then
    raise exception 'the table nova.parked_notifications is missing';
  end if;
  foreach v_name in array array['nylas_webhook_notifications', 'inbox_backfill_jobs', 'thread_sync_jobs'] loop
    if to_regclass('pgmq.q_' || v_name) is null then
      raise exception 'the queue % is missing', v_name using hint = 'select pgmq.create(''' || v_name || ''')';
    end if;
  end loop;
end
$$;
