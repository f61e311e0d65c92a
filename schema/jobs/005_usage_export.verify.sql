do $$
declare
  v_name text;
begin
  foreach v_name in array array['nova.usage_line(jsonb, text)',
      'nova.usage_months(interval)',
      'nova.usage_page(date, date, text, integer, text)',
      'nova.delete_exported_usage(date, integer, interval, text[], text[])'] loop
    if to_regprocedure(v_name) is null then
      raise exception 'function % is missing', v_name;
    end if;
  end loop;
end
$$;
