drop function if exists nova.delete_exported_usage(date, integer, interval, text[], text[]);
drop function if exists nova.usage_page(date, date, text, integer, text);
drop function if exists nova.usage_months(interval);
drop function if exists nova.usage_line(jsonb, text);
