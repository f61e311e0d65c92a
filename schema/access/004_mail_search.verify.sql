do $$
begin
  if to_regprocedure('public.mail_search(text,uuid,text,integer)') is null
     or to_regtype('nova.search_request') is null or to_regtype('nova.search_hit') is null then
    raise exception 'function mail_search(text,uuid,text,integer) or a type of it is missing';
  elsif to_regclass('public.flux_email_search_newest') is null then
    raise exception 'index flux_email_search_newest is missing';
  end if;
end
$$;
