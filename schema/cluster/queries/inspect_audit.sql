-- What operators did, the newest first.
-- $1 only this person text, or empty; $2 at most bigint. Returns: rows as a JSON array text
select coalesce(jsonb_agg(to_jsonb(r)), '[]')::text
  from (select a.at, a.who, a.role, a.via, a.action, a.target, a.reason, a.outcome, a.arguments
          from nova.operator_actions a where $1::text in ('', a.who) order by a.id desc limit $2::bigint) r
