do $$
begin
  if to_regclass('nova.database_identity') is null or to_regprocedure('nova.before_restore(text[])') is null
     or to_regprocedure('nova.after_restore()') is null or to_regprocedure('nova.restored()') is null then
    raise exception 'the table or a function of restored databases is missing';
  elsif pg_get_functiondef('nova.fencing_base()'::regprocedure) not like '%nova.database_identity%' then
    raise exception 'function nova.fencing_base() is that of an earlier migration';
  end if;
end
$$;
