do $$
declare
  v_column record;
begin
  for v_column in
    select c.oid::regclass as relation, a.attname from (values
      ('backfill_estimates',
       '{config_id, eta_low, eta_high, usable, updated_at}'),
      ('backfill_windows',
       '{id, config_id, window_start, pages, restarts, threads_listed, updated_at}'),
      ('flux_email_attachments',
       '{inbox_id, nylas_message_id, nylas_attachment_id, filename, content_type, is_inline, content_id, '
        'content_disposition}'),
      ('flux_email_folders',
       '{inbox_id, nylas_folder_id, name, parent_id, system_folder, deleted_at, updated_at}'),
      ('flux_email_messages',
       '{id, inbox_id, hi, not_found_at, deleted_at, message_date, created_at, updated_at, unread, starred, '
        'nylas_message_id, nylas_thread_id, subject, snippet, from_addresses, to_addresses, cc_addresses, '
        'bcc_addresses, reply_to_addresses, folders, metadata, body}'),
      ('flux_email_rejects',
       '{inbox_id, kind, reason, times_seen, first_seen_at, last_seen_at}'),
      ('flux_email_search',
       '{inbox_id, nylas_message_id}'),
      ('flux_email_threads',
       '{id, inbox_id, nylas_thread_id, unread, starred, has_attachments, earliest_message_at, '
        'latest_message_at, snippet, created_at, updated_at}'),
      ('flux_inbox_configurations',
       '{id, inbox_id, backfill_start, backfill_end, error_message, backfill_started_at, backfill_completed_at, '
        'created_at, updated_at}'),
      ('flux_inboxes',
       '{id, email, provider, status_reason, status_changed_at, last_swept_at, created_at, updated_at}'),
      ('flux_webhook_notifications',
       '{id, notification_type, grant_id, status, received_at, processed_at, processing_duration_ms, '
        'error_message}'),
      ('inbox_sync_stats',
       '{config_id, inbox_id, backfill_status, threads_processing, threads_completed, threads_failed, '
        'messages_synced, sync_started_at, sync_completed_at, updated_at}'),
      ('mail_completeness',
       '{inbox_id, email, days_verified, days_broken, days_stale, days_unprovable, first_unverified, '
        'verified_since, messages_listed, messages_stored}'),
      ('queued_threads',
       '{config_id, status, messages_synced, latest_message_at, claim_node, claimed_at, processed_at, '
        'created_at, error_message}'),
      ('support_inbox_configurations',
       '{id, inbox_id, backfill_status, backfill_progress, backfill_started_at, backfill_completed_at, '
        'created_at, updated_at}'),
      ('sync_progress',
       '{config_id, inbox_id, email, backfill_status, threads_queued, threads_pending, threads_processing, '
        'threads_completed, threads_failed, messages_synced, percent_complete, windows, windows_listed, '
        'sync_started_at, sync_completed_at, gaps, eta, eta_low, eta_high, usable_at, usable, binds, '
        'messages_expected}'),
      ('sync_transitions',
       '{id, machine, from_status, to_status, moved_by, why, moved_at}')) t (relation, names)
      join pg_class c on c.oid = to_regclass('public.' || t.relation)
      join pg_attribute a on a.attrelid = c.oid and a.attname = any (t.names::text[]) and not a.attisdropped
  loop
    execute format('comment on column %s.%I is null', v_column.relation, v_column.attname);
  end loop;
end
$$;
