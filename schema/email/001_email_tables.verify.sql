do $$
declare
  v_name text;
begin
  foreach v_name in array array['flux_inboxes', 'flux_email_folders', 'flux_email_threads', 'flux_email_messages',
      'flux_email_attachments', 'flux_inbox_configurations', 'backfill_windows', 'queued_threads', 'excused_messages', 'inbox_sync_stats',
      'flux_webhook_notifications', 'sync_transitions', 'support_inbox_configurations'] loop
    if to_regclass('public.' || v_name) is null then
      raise exception 'public.% is missing', v_name;
    end if;
  end loop;
end
$$;
