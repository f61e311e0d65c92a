drop function if exists nova.messenger_cron_count(text, text, timestamptz, timestamptz);
drop function if exists nova.messenger_cron_next(text, text, timestamptz);
drop function if exists nova.messenger_cron_times(text, text, date);
drop function if exists nova.messenger_cron_days(text, date, date);
drop function if exists nova.messenger_first_instant(timestamp, text);
drop function if exists nova.messenger_cron_text(text);
drop function if exists nova.messenger_cron_field(text, integer);
