do $$
begin
  if to_regclass('public.flux_email_search') is null or to_regclass('nova.email_search_progress') is null then
    raise exception 'the tables of the search are missing';
  elsif to_regprocedure('nova.fill_search(integer)') is null
        or to_regprocedure('nova.make_searchable(uuid,text)') is null then
    raise exception 'function nova.fill_search(integer) or nova.make_searchable(uuid,text) is missing';
  end if;
end
$$;
