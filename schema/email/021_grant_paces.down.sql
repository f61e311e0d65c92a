do $$
begin
  if to_regclass('nova.grant_paces') is not null then
    alter table nova.grant_paces
      drop column if exists waiting, drop column if exists waiting_remote, drop column if exists oldest_wait,
      drop column if exists running, drop column if exists units_allowed, drop column if exists units_left,
      drop column if exists throttled_until;
  end if;
end
$$;
