do $$
declare
  v_name text;
begin
  foreach v_name in array array['nova.messenger_policy(text, text)',
      'nova.messenger_backoff(integer, interval, double precision, interval, double precision)',
      'nova.messenger_add_error(jsonb, integer, text, text, text)',
      'nova.messenger_bury(bigint[], bigint[], text, text, integer, text[], text[])',
      'public.messenger_fail(bigint[], bigint[], text[], text[], text[], interval[])',
      'public.messenger_release(bigint[], bigint[], interval)',
      'public.messenger_extend(bigint[], bigint[], interval)',
      'public.messenger_rescue(text[], integer)',
      'public.messenger_retry_failed(uuid[], text, boolean, text, interval, interval)',
      'public.messenger_prune(integer)'] loop
    if to_regprocedure(v_name) is null then
      raise exception 'function % is missing', v_name;
    end if;
  end loop;
end
$$;
