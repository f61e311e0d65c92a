do $$
begin
  if not exists (select from nova.cluster_secret) then
    raise exception 'missing: the row of nova.cluster_secret';
  end if;
end
$$;
