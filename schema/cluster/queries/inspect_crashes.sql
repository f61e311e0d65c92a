-- Abnormal ends of actors, the newest first.
-- $1 seconds back text, or empty for a day; $2 at most bigint. Returns: rows as a JSON array text
select coalesce(jsonb_agg(to_jsonb(r)), '[]')::text
  from (select f.at, f.node_name as node, f.kind || case f.key when '' then '' else '/' || f.key end as actor,
               f.message_type as message, f.doing, f.reason, f.restart_number as restart,
               left(f.fingerprint, 8) as fingerprint
          from nova.actor_failures f
         where f.at > clock_timestamp() - coalesce(nullif($1::text, '')::float8, 86400) * interval '1 second'
         order by f.at desc, f.id desc limit $2::bigint) r
