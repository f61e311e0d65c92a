do $$
declare
  v_missing text;
begin
  select string_agg(n.name, ', ') into v_missing
    from unnest(array['adopted_rows', 'taken_messages']) n (name) where to_regclass('nova.' || n.name) is null;
  if v_missing is not null then
    raise exception 'missing: nova.%', v_missing;
  end if;
  if not exists (select from pg_catalog.pg_attribute a
                  where a.attrelid = to_regclass('public.flux_inboxes') and a.attname = 'user_id'
                    and not a.attisdropped) then
    raise exception 'missing: flux_inboxes.user_id';
  end if;
end
$$;
