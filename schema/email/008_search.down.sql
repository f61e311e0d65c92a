drop function if exists nova.fill_search(integer);
drop function if exists nova.make_searchable(uuid, text), nova.search_content(text, text, text, integer),
  nova.search_words(text), nova.searchable_text(text, integer);
drop table if exists nova.email_search_progress;
drop table if exists public.flux_email_search;
