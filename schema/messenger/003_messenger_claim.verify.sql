do $$
declare
  v_name text;
begin
  foreach v_name in array array['nova.messenger_raise_floors(text, text[])', 'nova.messenger_lower_floors()',
      'nova.messenger_find(text, text[], integer, jsonb)',
      'nova.messenger_find_in_time(text, text[], integer, jsonb)',
      'public.messenger_claim(text, text[], text, integer, interval)',
      'public.messenger_complete(bigint[], bigint[])'] loop
    if to_regprocedure(v_name) is null then
      raise exception 'function % is missing', v_name;
    end if;
  end loop;
end
$$;
