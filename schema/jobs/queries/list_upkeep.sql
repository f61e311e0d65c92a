-- Tasks of upkeep, what was run last, and when each is due.
-- Returns: name, kind, target, schedule text, enabled boolean, system that lacks or '' text, worker or '' text, next
-- due seconds since 1970 bigint, last outcome or '' text, last end seconds since 1970 or 0 bigint, rows bigint, bytes
-- bigint, error class or '' text, error or '' text, attempts integer
select t.name, t.kind, t.target,
       case when t.cron is null then 'every ' || t.every
            else t.cron || case when t.timezone = 'UTC' then '' else ' ' || t.timezone end end,
       t.enabled, case when t.system = any (nova.upkeep_systems()) then '' else coalesce(t.system, '') end,
       coalesce(t.worker, ''), extract(epoch from t.next_run_at)::bigint, coalesce(t.last_outcome, ''),
       coalesce(extract(epoch from t.last_finished_at)::bigint, 0), coalesce(t.last_rows, 0),
       coalesce(t.last_bytes, 0), coalesce(t.last_error_class, ''), coalesce(t.last_error, ''), t.attempts
  from nova.upkeep_tasks t order by t.kind = 'built_in' desc, t.name
