do $$
declare
  missing text;
begin
  select string_agg(name, ', ') into missing
    from unnest(array['nova.record_rejects(uuid[],text[],bytea[],text[],text[],text[],text)',
      'nova.forget_rejects(uuid[],text[],bytea[])', 'nova.claim_rejects(text,bigint)',
      'nova.reject_still(uuid[],text[],bytea[],text[],text)']) as name
   where to_regprocedure(name) is null;
  if missing is not null then
    raise exception 'missing: %', missing;
  end if;
end
$$;
