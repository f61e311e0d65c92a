-- What is sent or run by the clock. $1 only this one text, or empty; $2 at most bigint.
-- Returns: rows as a JSON array text
select coalesce(jsonb_agg(to_jsonb(r)), '[]')::text
  from (select s.source, s.name, s.schedule, s.timezone, s.enabled, s.next_at, s.last_at, s.runs, s.trouble
          from nova.job_schedules() s
         where $1::text in ('', s.name)
         order by s.enabled desc, s.next_at nulls last limit $2::bigint) r
