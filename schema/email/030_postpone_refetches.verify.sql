do $$
begin
  if to_regprocedure('nova.postpone_refetches(uuid[],text[],bigint[])') is null then
    raise exception 'missing: nova.postpone_refetches(uuid[],text[],bigint[])';
  end if;
end
$$;
