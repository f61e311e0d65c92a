drop function if exists nova.cron_count(text, text, timestamptz, timestamptz);
drop function if exists nova.cron_next(text, text, timestamptz);
drop function if exists nova.cron_times(text, text, date);
drop function if exists nova.cron_days(text, date, date);
drop function if exists nova.first_instant(timestamp, text);
drop function if exists nova.cron_text(text);
drop function if exists nova.cron_field(text, integer);
