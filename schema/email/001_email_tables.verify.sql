do $$
declare
  v_name text;
begin
  foreach v_name in array array['flux_inboxes', 'flux_email_folders', 'flux_email_threads', 'flux_email_messages',
      'flux_email_attachments', 'flux_email_rejects', 'flux_inbox_configurations', 'backfill_windows', 'queued_threads',
      'inbox_sync_stats', 'flux_webhook_notifications', 'sync_transitions', 'support_inbox_configurations'] loop
    if to_regclass('public.' || v_name) is null then
      raise exception 'public.% is missing', v_name;
    end if;
  end loop;
  if to_regclass('nova.excused_messages') is null then
    raise exception 'nova.excused_messages is missing';
  end if;
  perform inbox_id, kind, identity, provider_id, reason, raw, version, times_seen, first_seen_at, last_seen_at, retry_at
     from public.flux_email_rejects limit 0;
  perform reject_bytes from public.flux_inboxes limit 0;
end
$$;
