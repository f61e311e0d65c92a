drop function if exists nova.fill_search(integer);
drop function if exists nova.searchable_text(text);
drop table if exists nova.email_search_progress;
drop table if exists public.flux_email_search;
