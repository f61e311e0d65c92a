do $$
declare
  v_name text;
begin
  foreach v_name in array array['nova.cron_field(text, integer)',
      'nova.cron_text(text)',
      'nova.first_instant(timestamp, text)',
      'nova.cron_days(text, date, date)',
      'nova.cron_times(text, text, date)',
      'nova.cron_next(text, text, timestamptz)',
      'nova.cron_count(text, text, timestamptz, timestamptz)'] loop
    if to_regprocedure(v_name) is null then
      raise exception 'function % is missing', v_name;
    end if;
  end loop;
end
$$;
