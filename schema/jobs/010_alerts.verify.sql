do $$
begin
  perform 'nova.alert_channels'::regclass, 'nova.alert_recipients'::regclass, 'nova.alert_transports'::regclass,
          'nova.alerts'::regclass, 'nova.alert_deliveries'::regclass, 'nova.alert_notices'::regclass,
          'nova.raise_alert(text,text,text,text,jsonb)'::regprocedure, 'nova.end_alert(text,text)'::regprocedure,
          'nova.tell_event(text,text,text,text,jsonb,boolean)'::regprocedure,
          'nova.watch_alerts(text[],text[],text[],text[],text[],boolean)'::regprocedure,
          'nova.alert_recipient(text,text)'::regprocedure;
end
$$;
