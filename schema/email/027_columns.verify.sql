do $$
declare
  v_columns text;
begin
  select string_agg(c.relname || '.' || a.attname, ', ') into v_columns
    from pg_class c join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
   where c.relnamespace = 'public'::regnamespace and c.relname in (
     'backfill_estimates', 'backfill_windows', 'flux_email_attachments', 'flux_email_folders',
     'flux_email_messages', 'flux_email_rejects', 'flux_email_search', 'flux_email_threads',
     'flux_inbox_configurations', 'flux_inboxes', 'flux_webhook_notifications', 'inbox_sync_stats',
     'mail_completeness', 'queued_threads', 'support_inbox_configurations', 'sync_progress',
     'sync_transitions')
     and col_description(c.oid, a.attnum) is null;
  if v_columns is not null then
    raise exception 'these columns have no comment: %', v_columns;
  end if;
end
$$;
