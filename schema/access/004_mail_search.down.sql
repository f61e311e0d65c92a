drop function if exists public.mail_search(text, uuid, text, integer);
do $$
begin
  if to_regtype('nova.search_request') is not null then
    drop function if exists nova.find_mail(uuid[], nova.search_request, text[], integer);
    drop function if exists nova.best_hits(uuid[], nova.search_request, text[], integer, integer);
    drop function if exists nova.newest_hits(uuid[], nova.search_request, timestamptz, text, integer, integer);
    drop function if exists nova.ranked_hits(uuid[], nova.search_request, integer);
    drop function if exists nova.read_search(text, regconfig);
  end if;
end
$$;
drop function if exists nova.has_all(jsonb, text[]);
drop function if exists nova.estimate_words(tsquery);
drop function if exists nova.search_term(text, text, regconfig);
drop function if exists nova.term_of(tsvector, text, text);
drop type if exists nova.search_hit, nova.search_request;
drop index if exists public.flux_email_search_newest;
delete from nova.rights where relation = 'public.mail_search(text,uuid,text,integer)';
