drop trigger if exists tell_backfill_end on public.flux_inbox_configurations;
drop function if exists nova.alert_faults();
drop function if exists nova.tell_backfill_end();
drop function if exists nova.remove_alert_channel(text);
drop function if exists nova.enable_alert_channel(text, boolean);
drop function if exists nova.set_alert_channel(text, text, text[], text, text, text, text, boolean, text[], interval,
                                               boolean);
