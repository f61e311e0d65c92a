-- Live settings and until when they hold.
-- $1 beginning of the key text, or empty; $2 at most bigint. Returns: rows as a JSON array text
select coalesce(jsonb_agg(to_jsonb(r)), '[]')::text
  from (select s.key, s.value #>> '{}' as value, s.changed_by as who, s.changed_at as at, s.reason, s.revert_at,
               s.revert_to #>> '{}' as revert_to
          from nova.settings s where starts_with(s.key, $1::text) order by 1 limit $2::bigint) r
