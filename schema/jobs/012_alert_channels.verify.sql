do $$
begin
  perform 'nova.set_alert_channel(text,text,text[],text,text,text,text,boolean,text[],interval,boolean)'::regprocedure,
          'nova.enable_alert_channel(text,boolean)'::regprocedure, 'nova.remove_alert_channel(text)'::regprocedure,
          'nova.alert_faults()'::regprocedure;
  if not exists (select from pg_trigger where tgname = 'tell_backfill_end') then
    raise exception 'the trigger tell_backfill_end is missing';
  end if;
end
$$;
