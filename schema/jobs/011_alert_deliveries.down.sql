drop function if exists nova.prune_alerts(integer);
drop function if exists nova.claim_alert_deliveries(text, text, integer, interval, integer, timestamptz);
drop function if exists nova.end_alert_deliveries(bigint[], bigint[], text[], text[], text[], interval[], timestamptz);
drop function if exists nova.show_sync_alerts(bigint[]);
drop function if exists nova.alert_items(bigint);
drop function if exists nova.gather_alerts(interval, interval, timestamptz);
drop function if exists nova.is_end_of_alert(text);
drop function if exists nova.alert_address(text, text, text);
