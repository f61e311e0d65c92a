do $$
declare
  v_name text;
begin
  foreach v_name in array array['nova.messenger_cron_field(text, integer)',
      'nova.messenger_cron_text(text)',
      'nova.messenger_first_instant(timestamp, text)',
      'nova.messenger_cron_days(text, date, date)',
      'nova.messenger_cron_times(text, text, date)',
      'nova.messenger_cron_next(text, text, timestamptz)',
      'nova.messenger_cron_count(text, text, timestamptz, timestamptz)'] loop
    if to_regprocedure(v_name) is null then
      raise exception 'function % is missing', v_name;
    end if;
  end loop;
end
$$;
