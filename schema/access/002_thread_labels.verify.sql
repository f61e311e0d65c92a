do $$
begin
  if to_regclass('nova.thread_labels') is null or to_regprocedure('nova.labels_of(jsonb,jsonb,boolean,boolean)') is null
  then
    raise exception 'table nova.thread_labels or function nova.labels_of is missing';
  elsif (select count(*) from pg_trigger t where t.tgname in ('nova_label_new', 'nova_label', 'nova_unlabel')) < 3 then
    raise exception 'a trigger of flux_email_threads is missing: nova_label_new, nova_label or nova_unlabel';
  end if;
end
$$;
