do $$
begin
  if not exists (select from pg_trigger where tgrelid = 'public.cluster_nodes'::regclass and tgname = 'release_claims') then
    raise exception 'missing: the trigger release_claims on cluster_nodes';
  end if;
end
$$;
