do $$
begin
  perform 'nova.gather_alerts(interval,interval,timestamptz)'::regprocedure,
          'nova.claim_alert_deliveries(text,text,integer,interval,integer,timestamptz)'::regprocedure,
          'nova.end_alert_deliveries(bigint[],bigint[],text[],text[],text[],interval[],timestamptz)'::regprocedure,
          'nova.prune_alerts(integer)'::regprocedure;
end
$$;
