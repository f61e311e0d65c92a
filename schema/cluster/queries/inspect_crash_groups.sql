-- Abnormal ends of actors by their cause, the most frequent first.
-- $1 seconds back text, or empty for a day; $2 at most bigint. Returns: rows as a JSON array text
select coalesce(jsonb_agg(to_jsonb(r)), '[]')::text
  from (select count(*) as count, f.kind, min(f.reason) as reason, min(f.at) as first, max(f.at) as last,
               string_agg(distinct f.node_name, ',') as nodes, left(f.fingerprint, 8) as fingerprint
          from nova.actor_failures f
         where f.at > clock_timestamp() - coalesce(nullif($1::text, '')::float8, 86400) * interval '1 second'
         group by f.fingerprint, f.kind order by 1 desc, 5 desc limit $2::bigint) r
