do $$
declare
  missing text;
begin
  select string_agg(name, ', ') into missing
    from unnest(array['nova.messenger_brokers()', 'nova.messenger_claim_outbox(text,text,integer,interval)',
                      'nova.messenger_hold_outbox(bigint[],bigint[],interval,text)',
                      'nova.messenger_end_delivered(text,text,text[],integer[],text[],text[],text[],bigint[])',
                      'nova.messenger_note_broker(text,text,text,text,bigint,integer)',
                      'nova.messenger_transport_list()', 'nova.messenger_outbox_since(text)',
                      'nova.messenger_broker_due()', 'nova.messenger_outbox_age()',
                      'nova.messenger_claim_sent(bigint,text,interval)']) as name
   where to_regprocedure(name) is null;
  if missing is not null then
    raise exception 'missing: %', missing;
  end if;
  if to_regclass('nova.messenger_broker_states') is null then
    raise exception 'missing: nova.messenger_broker_states';
  end if;
end
$$;
