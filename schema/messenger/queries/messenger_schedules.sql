-- Returns: name, kind, schedule, time zone, type, transport text, enabled boolean, next run, last
-- run in seconds or 0, runs, missed, skipped bigint, last error text
select s.name, s.kind, v.schedule, s.timezone, s.type, s.transport, s.enabled,
       coalesce(extract(epoch from s.next_run_at)::bigint, 0), coalesce(extract(epoch from s.last_run_at)::bigint, 0),
       s.runs, s.missed_runs, s.skipped_runs, coalesce(s.last_error, '')
  from public.messenger_schedules s join public.messenger_schedules_summary v on v.id = s.id
 order by s.name
