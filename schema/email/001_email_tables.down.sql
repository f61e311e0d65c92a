drop view if exists public.support_inbox_configurations;
drop table if exists public.sync_transitions, public.flux_webhook_notifications, public.inbox_sync_stats,
  nova.excused_messages, public.queued_threads, public.backfill_windows, public.flux_inbox_configurations,
  public.flux_email_rejects, public.flux_email_attachments, public.flux_email_messages,
  public.flux_email_threads, public.flux_email_folders, public.flux_inboxes;
