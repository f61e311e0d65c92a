-- Returns: name, type, config text, enabled, paused boolean, most running or 0, attempts integer; of brokers, else
-- NULL: workers that know it integer, messages that it has bigint, messages that wait to be sent to it bigint, since
-- when the first of them does in seconds since 1970 bigint, why it cannot be used text
select t.name, t.type, t.config, t.enabled, t.paused, t.running_max, t.attempts_max, t.workers, t.depth, t.outbox,
       extract(epoch from t.outbox_since)::bigint, t.error
  from nova.messenger_transport_list() t
