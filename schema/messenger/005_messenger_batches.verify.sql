do $$
declare
  v_name text;
begin
  foreach v_name in array array['nova.messenger_check_transport()',
      'public.messenger_batch(jsonb)',
      'public.messenger_batch_close(uuid)',
      'nova.messenger_finish_batches(uuid[])',
      'nova.messenger_count_batches(uuid[], boolean)',
      'nova.messenger_join_batches()'] loop
    if to_regprocedure(v_name) is null then
      raise exception 'function % is missing', v_name;
    end if;
  end loop;
  if to_regclass('nova.messenger_batches') is null then
    raise exception 'nova.messenger_batches is missing';
  end if;
end
$$;
