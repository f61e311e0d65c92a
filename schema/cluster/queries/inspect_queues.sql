-- Figures of every queue, and whether an operator paused it.
-- $1 only this queue text, or empty; $2 at most bigint. Returns: rows as a JSON array text
select coalesce(jsonb_agg(to_jsonb(r)), '[]')::text
  from (select m.queue_name as queue, m.visible_length as ready, m.queue_length - m.visible_length as leased,
               coalesce(m.oldest_age_sec, 0) as oldest_s,
               m.total_messages as total, m.archived,
               case when m.trouble is not null then 'broken: ' || m.trouble
                    when p.key is null then 'ok'
                    else 'paused' end as state,
               p.changed_by as paused_by, p.changed_at as paused_at, p.reason, p.revert_at as until
          from nova_queue.metrics(nullif($1::text, '')) m
          left join nova.settings p on p.key = 'paused.queue.' || m.queue_name and p.value = 'true'
           and coalesce(p.revert_at > clock_timestamp(), true)
         order by 1 limit $2::bigint) r
