do $$
declare
  missing text;
begin
  select string_agg(name, ', ') into missing
    from unnest(array['nova.record_messages_page(bigint,uuid,bigint,text,text)',
      'nova.record_listed_page(bigint,uuid,bigint,text,text,text[],bigint[],text[],text[])']) as name
   where to_regprocedure(name) is null;
  if missing is not null then
    raise exception 'missing: %', missing;
  end if;
end
$$;
