do $$
begin
  if not exists (select from pg_catalog.pg_trigger where tgname = 'release_reader' and tgrelid = 'public.cluster_nodes'::regclass) then
    raise exception 'missing: trigger release_reader on public.cluster_nodes';
  end if;
end
$$;
