do $$
begin
  if not exists (select from pg_attribute a
                  where a.attrelid = to_regclass('public.flux_inboxes') and a.attname = 'tenant_id'
                    and not a.attisdropped) then
    raise exception 'missing: flux_inboxes.tenant_id';
  end if;
end
$$;
