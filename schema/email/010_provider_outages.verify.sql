do $$
begin
  if to_regclass('nova.provider_outages') is null then
    raise exception 'missing: nova.provider_outages';
  end if;
  if not exists (select from pg_trigger t
                  where t.tgrelid = 'public.flux_inboxes'::regclass and t.tgname = 'forget_outage') then
    raise exception 'missing: trigger forget_outage of public.flux_inboxes';
  end if;
end
$$;
