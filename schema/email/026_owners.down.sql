do $$
begin
  if to_regclass('public.flux_inboxes') is not null then
    alter table public.flux_inboxes drop column if exists tenant_id;
  end if;
end
$$;
