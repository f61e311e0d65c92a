-- What changed: nodes that came and went, what operators did, where backfills and inboxes moved;
-- the newest first.
-- $1 seconds back text, or empty for a day; $2 at most bigint. Returns: rows as a JSON array text
select coalesce(jsonb_agg(to_jsonb(r)), '[]')::text
  from (select * from (
          select a.at, 'operator' as what, a.who,
                 a.action || ' ' || a.target || case a.outcome when 'done' then '' else ': ' || a.outcome end as event,
                 a.reason
            from nova.operator_actions a
          union all
          select n.started_at, 'node', n.name, 'started as ' || n.id || ', ' || n.version, '' from nova.cluster_nodes n
          union all
          select n.ended_at, 'node', n.name, n.state, coalesce(n.dead_reason, '')
            from nova.cluster_nodes n
           where n.ended_at is not null
          union all
          select t.moved_at, t.machine, t.moved_by, t.subject_id || ': ' || t.from_status || ' -> ' || t.to_status,
                 t.why
            from public.sync_transitions t) e
         where e.at > clock_timestamp() - coalesce(nullif($1::text, '')::float8, 86400) * interval '1 second'
         order by e.at desc limit $2::bigint) r
