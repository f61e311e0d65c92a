-- Syncs of other systems and where each stands. $1 only of this integration or stream text, or empty; $2 at most
-- bigint. Returns: rows as a JSON array text
select coalesce(jsonb_agg(to_jsonb(r)), '[]')::text
  from (select s.sync, s.mode, s.state, s.node, s.since, s.read, s.total, s.written, s.failed, s.watermark, s.next_at,
               s.last, s.failures, s.trouble
          from nova.syncs_shown() s
         where $1::text in ('', s.sync, split_part(s.sync, '/', 1), split_part(s.sync, '/', 2))
         order by s.state <> 'running', s.next_at nulls last, s.sync limit $2::bigint) r
