do $$
declare
  missing text;
begin
  select string_agg(name, ', ') into missing
    from unnest(array['nova_queue.read_as(bigint,text,integer,integer,integer)', 'nova_queue.release_reader(bigint)', 'nova_queue.release_unread(bigint,text,bigint[])']) as name
   where to_regprocedure(name) is null;
  if missing is not null then
    raise exception 'missing: %', missing;
  end if;
end
$$;
