do $$
begin
  if not exists (select from pg_catalog.pg_attribute a
                  where a.attrelid = to_regclass('nova.grant_paces') and a.attname = 'throttled_until'
                    and not a.attisdropped) then
    raise exception 'missing: nova.grant_paces.throttled_until';
  end if;
end
$$;
