-- Where the limits of each key stand. $1 only of handlers of this type or queue text, or empty; $2 at most bigint.
-- Returns: rows as a JSON array text
select coalesce(jsonb_agg(to_jsonb(r)), '[]')::text
  from (select coalesce(h.type, h.queue) as name, h.limit_key as limits, s.key,
               (select count(*) from nova.job_permits p
                 where p.handler = s.handler and p.key = s.key and p.until > clock_timestamp()) as running,
               h.limit_running as running_max, h.limit_rate || ' in ' || h.limit_per as rate, s.failures, s.open_until,
               round(s.mean_ms)::bigint as mean_ms
          from nova.job_keys s join nova.messenger_handlers h on h.id = s.handler
         where $1::text in ('', h.type, h.queue)
         order by 4 desc, 1, 3 limit $2::bigint) r
