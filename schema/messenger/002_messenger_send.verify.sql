do $$
declare
  v_name text;
begin
  foreach v_name in array array['public.messenger_send(jsonb[])',
      'public.messenger_send(text, jsonb, jsonb, text, text, integer, timestamptz, interval, integer, text, '
      'interval, timestamptz, text, uuid, text)',
      'nova.messenger_lane(text, text, smallint)', 'nova.messenger_enqueue_inserted()', 'nova.messenger_requeue()',
      'nova.messenger_forget_all()', 'nova.messenger_check_messages(jsonb[])', 'nova.messenger_promote(integer)'] loop
    if to_regprocedure(v_name) is null then
      raise exception 'function % is missing', v_name;
    end if;
  end loop;
  if (select count(*) from pg_catalog.pg_trigger t where t.tgrelid = to_regclass('public.messenger_messages')
        and t.tgname in ('messenger_enqueue_inserted', 'messenger_requeue_updated', 'messenger_requeue_deleted',
                         'messenger_forget_all')) <> 4 then
    raise exception 'a trigger of public.messenger_messages is missing';
  end if;
end
$$;
