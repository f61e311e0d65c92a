drop function if exists nova.fill_search(integer), nova.set_search_language(text);
do $$
begin
  if to_regclass('nova.email_search_progress') is not null then
    drop function if exists nova.pass_search(nova.email_search_progress, integer, timestamptz);
  end if;
end
$$;
drop function if exists nova.begin_search_pass(xid8, xid8);
drop function if exists nova.make_searchable(uuid[], text[]), nova.make_searchable(uuid, text),
  nova.search_content(text, text, text, integer, regconfig), nova.search_language(),
  nova.search_words(text, regconfig), nova.searchable_text(text, integer);
drop table if exists nova.email_search_progress;
drop table if exists public.flux_email_search;
