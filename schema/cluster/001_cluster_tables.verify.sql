do $$
declare
  missing text;
begin
  -- A table of that name that somebody else made has other columns.
  select string_agg(t.name || '.' || t.col, ', ') into missing
    from (values ('cluster_state', 'settings_revision'), ('cluster_nodes', 'steady_since'),
                 ('cluster_nodes', 'machine'), ('cluster_suspicions', 'voter'), ('cluster_leases', 'token'),
                 ('actor_failures', 'fingerprint'), ('settings', 'revert_at'), ('operator_actions', 'outcome'))
           as t(name, col)
   where not exists (select from pg_catalog.pg_attribute a
                      where a.attrelid = to_regclass('nova.' || t.name) and a.attname = t.col);
  if missing is not null then
    raise exception 'missing: %', missing;
  end if;
  if not exists (select from nova.cluster_state) then
    raise exception 'nova.cluster_state has no row';
  end if;
  if not exists (select from nova.cluster_secret) then
    raise exception 'nova.cluster_secret has no row';
  end if;
end
$$;
