-- Sends what is due. Returns: name, slot in seconds bigint, message id bigint or 0, outcome (text)
select r.name, extract(epoch from r.slot)::bigint, coalesce(r.message_id, 0), r.outcome
  from public.messenger_run_schedules() r
