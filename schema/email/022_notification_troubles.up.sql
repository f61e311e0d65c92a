-- What is wrong with notifications is found without reading those with which nothing is. The index names no status:
-- a notification that is worked off changes none of its columns, and stays a HOT update.
select nova.expect_names('flux_webhook_notifications_troubled');
create index if not exists flux_webhook_notifications_troubled on public.flux_webhook_notifications (received_at)
 where error_message is not null;
comment on index public.flux_webhook_notifications_troubled is 'What doctor asks: tried again, or in error.';
select nova.mark_names();
