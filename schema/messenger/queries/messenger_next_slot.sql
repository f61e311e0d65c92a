-- Returns: milliseconds until the next slot of a schedule bigint; NULL when none has any
select greatest(0, ceil(extract(epoch from min(s.next_run_at) - clock_timestamp()) * 1000))::bigint
  from public.messenger_schedules s where s.enabled
