do $$
begin
  if to_regnamespace('nova') is not null then
    drop function if exists nova.messenger_claim_sent(bigint, text, interval);
    drop function if exists nova.messenger_outbox_age();
    drop function if exists nova.messenger_broker_due();
    drop function if exists nova.messenger_transport_list();
    drop function if exists nova.messenger_outbox_since(text);
    drop function if exists nova.messenger_note_broker(text, text, text, text, bigint, integer);
    drop function if exists
      nova.messenger_end_delivered(text, text, text[], integer[], text[], text[], text[], bigint[]);
    drop function if exists nova.messenger_hold_outbox(bigint[], bigint[], interval, text);
    drop function if exists nova.messenger_claim_outbox(text, text, integer, interval);
    drop function if exists nova.messenger_brokers();
    drop table if exists nova.messenger_broker_states;
  end if;
end
$$;
