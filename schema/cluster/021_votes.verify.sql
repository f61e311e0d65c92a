do $$
begin
  if to_regprocedure('nova.suspect_node(bigint,bigint,boolean,text,interval)') is null then
    raise exception 'missing: nova.suspect_node';
  end if;
end
$$;
