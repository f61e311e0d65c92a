do $$
begin
  if to_regclass('nova.message_former_ids') is null or to_regclass('public.flux_email_messages_rfc822') is null then
    raise exception 'missing: nova.message_former_ids or public.flux_email_messages_rfc822';
  elsif (select count(*) from pg_catalog.pg_attribute a
          where a.attrelid = 'public.flux_email_messages'::regclass
            and a.attname in ('rfc822_message_id', 'rfc822_lo', 'alive_lo')) <> 3 then
    raise exception 'missing: a column of public.flux_email_messages';
  elsif to_regprocedure('nova.tie_former_ids(uuid,text)') is null
        or to_regprocedure('nova.look_for_former(uuid[],text[],text[],bigint[],text[],bigint[],integer[])') is null then
    raise exception 'function nova.tie_former_ids or nova.look_for_former is missing';
  elsif to_regprocedure('nova.why_message(uuid,text,timestamp with time zone)') is null then
    raise exception 'function nova.why_message is missing';
  end if;
end
$$;
