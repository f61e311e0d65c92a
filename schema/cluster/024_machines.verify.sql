do $$
begin
  if to_regprocedure('nova.name_machine(bigint,text)') is null then
    raise exception 'missing: nova.name_machine(bigint,text)';
  end if;
  if not exists (select from information_schema.columns
                  where table_schema = 'public' and table_name = 'cluster_nodes' and column_name = 'machine') then
    raise exception 'missing: column machine of public.cluster_nodes';
  end if;
end
$$;
