do $$
begin
  if to_regclass('nova.mail_certifications') is null then
    raise exception 'missing: nova.mail_certifications';
  elsif to_regprocedure('nova.claim_certifications(integer,text,uuid[])') is null
        or to_regprocedure('nova.end_certification(uuid,text,bigint,bigint)') is null then
    raise exception 'function nova.claim_certifications or nova.end_certification is missing';
  elsif not exists (select from pg_attribute a
                     where a.attrelid = to_regclass('public.flux_inboxes') and a.attname = 'swept_until'
                       and not a.attisdropped) then
    raise exception 'missing: flux_inboxes.swept_until';
  end if;
end
$$;
