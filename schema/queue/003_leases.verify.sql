do $$
declare
  missing text;
begin
  select string_agg(name, ', ') into missing
    from unnest(array['nova_queue.read(text,integer,integer,integer,bigint)',
                      'nova_queue.delete_leased(text,bigint[],integer[])',
                      'nova_queue.archive_leased(text,bigint[],integer[],text)',
                      'nova_queue.extend_leased(text,bigint[],integer[],integer)', 'nova_queue.release_reader(bigint)',
                      'nova_queue.hold_leased(text,bigint[],integer[],integer)',
                      'nova_queue.release_unread(bigint,text,bigint[])', 'nova_queue.metrics(text)',
                      'nova_queue.peek(text,integer)']) as name
   where to_regprocedure(name) is null;
  if missing is not null then
    raise exception 'missing: %', missing;
  end if;
end
$$;
