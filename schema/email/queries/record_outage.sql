-- It could not be called just now. $1 scope, $2 grant id or node, $3 error,
-- $4 milliseconds until the next probe
with other as (
  delete from nova.provider_outages o
   where $1::text <> 'grant' and o.scope not in ('grant', $1::text) and o.subject = $2::text)
insert into nova.provider_outages as o (scope, subject, last_error, next_probe_at)
values ($1::text, $2::text, $3::text, now() + $4::bigint * interval '1 millisecond')
    on conflict (scope, subject) do update
   set last_error = excluded.last_error, last_failed_at = now(),
       next_probe_at = greatest(o.next_probe_at, excluded.next_probe_at)
