-- $1 task or '', $2 only what failed boolean, $3 at most so many. Runs of upkeep, the latest first.
-- Returns: task, start seconds since 1970 bigint, seconds double precision, outcome, runs integer, worker, rows bigint,
-- bytes bigint, error class or '' text, error or '' text, file or '' text, details (JSON) or '' text
select r.task, extract(epoch from r.started_at)::bigint,
       extract(epoch from r.finished_at - r.started_at)::double precision, r.outcome, r.runs, r.worker, r.rows, r.bytes,
       coalesce(r.error_class, ''), coalesce(r.error, ''), coalesce(r.file, ''), coalesce(r.details::text, '')
  from nova.upkeep_runs r
 where ($1 = '' or r.task = $1) and (r.outcome = 'failed' or not $2::boolean)
 order by r.id desc limit $3::bigint
