do $$
begin
  if to_regclass('nova.mail_journal') is null then
    raise exception 'missing: nova.mail_journal';
  elsif to_regprocedure('nova.prune_mail_journal(interval,integer)') is null
        or to_regprocedure('nova.why_written(uuid,text)') is null then
    raise exception 'function nova.prune_mail_journal(interval,integer) or nova.why_written is missing';
  end if;
end
$$;
