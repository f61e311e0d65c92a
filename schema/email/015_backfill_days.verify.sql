do $$
begin
  if to_regclass('nova.backfill_days') is null then
    raise exception 'missing: nova.backfill_days';
  elsif to_regprocedure('nova.end_own_pages(uuid,text,bigint)') is null
        or to_regprocedure('nova.note_listed_days(bigint,date[],bigint[],bytea[],bytea[])') is null then
    raise exception 'function nova.end_own_pages or nova.note_listed_days is missing';
  end if;
end
$$;
