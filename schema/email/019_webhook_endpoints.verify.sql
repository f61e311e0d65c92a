do $$
begin
  if to_regclass('nova.webhook_endpoints') is null then
    raise exception 'missing: nova.webhook_endpoints';
  elsif to_regprocedure('nova.note_webhook_endpoints(text[],text[],text[])') is null then
    raise exception 'function nova.note_webhook_endpoints is missing';
  end if;
end
$$;
