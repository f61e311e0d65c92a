do $$
begin
  if to_regclass('public.flux_webhook_notifications_troubled') is null then
    raise exception 'missing: index public.flux_webhook_notifications_troubled';
  end if;
end
$$;
