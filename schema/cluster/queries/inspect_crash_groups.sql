-- Abnormal ends of actors by their cause, the most frequent first; of each cause up to three actors by name, and
-- what the last one was at.
-- $1 seconds back text, or empty for a day; $2 at most bigint. Returns: rows as a JSON array text
with f as (
  select a.*, a.kind || case a.key when '' then '' else '/' || a.key end as actor
    from nova.actor_failures a
   where a.at > clock_timestamp() - coalesce(nullif($1::text, '')::float8, 86400) * interval '1 second'
)
select coalesce(jsonb_agg(to_jsonb(r)), '[]')::text
  from (select count(*) as count, string_agg(distinct f.node_name, ',') as nodes, f.kind,
               array_to_string((array_agg(distinct f.actor))[1:3], ',')
                 || case when count(distinct f.actor) > 3 then ',…' else '' end as actors,
               (array_agg(f.message_type order by f.at desc, f.id desc))[1] as message,
               (array_agg(f.doing order by f.at desc, f.id desc))[1] as doing, min(f.reason) as reason,
               min(f.at) as first, max(f.at) as last, left(f.fingerprint, 8) as fingerprint
          from f group by f.fingerprint, f.kind order by count(*) desc, max(f.at) desc limit $2::bigint) r
