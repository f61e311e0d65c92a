do $$
declare
  v_name text;
begin
  foreach v_name in array array['public.messenger_messages', 'public.messenger_failed_messages',
      'public.messenger_transports', 'public.messenger_schedules', 'public.messenger_queue_depth',
      'public.messenger_failed_summary', 'public.messenger_schedules_summary',
      'nova.messenger_lanes', 'nova.messenger_ready', 'nova.messenger_delayed', 'nova.messenger_claims',
      'nova.messenger_slots', 'nova.messenger_tokens', 'nova.messenger_looks', 'nova.messenger_promotions',
      'nova.messenger_promoted'] loop
    if to_regclass(v_name) is null then
      raise exception '% is missing', v_name;
    end if;
  end loop;
  foreach v_name in array array['clock', 'floor', 'floor_next', 'floor_xid'] loop
    if exists (select from generate_series(1, 100) n
                where to_regclass(format('nova.messenger_%s_%s', v_name, n)) is null) then
      raise exception 'a sequence nova.messenger_%_1 to 100 is missing', v_name;
    end if;
  end loop;
  foreach v_name in array array['messages', 'transports', 'schedules'] loop
    if to_regprocedure(format('public.update_messenger_%s_updated_at()', v_name)) is null then
      raise exception 'function public.update_messenger_%_updated_at() is missing', v_name;
    end if;
    if not exists (select from pg_catalog.pg_trigger t where t.tgname = format('update_messenger_%s_updated_at', v_name)
                     and t.tgrelid = to_regclass('public.messenger_' || v_name)) then
      raise exception 'the trigger that keeps messenger_%.updated_at is missing', v_name;
    end if;
  end loop;
end
$$;
