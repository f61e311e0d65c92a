-- What is wrong with queues, and work that is paused. Argument and columns are those of findings_of_nodes.
with m as materialized (
  select m.queue_name, m.visible_length, m.oldest_age_sec, m.trouble from nova_queue.metrics() m
), f as (
  select 2 as rank, 'queue/paused' as kind, 'queue:' || m.queue_name as what, p.changed_at as since,
         jsonb_build_object('queue', m.queue_name, 'by', p.changed_by, 'reason', nullif(p.reason, ''),
                            'ready', m.visible_length) as facts
    from m
    join nova.settings p on p.key = 'paused.queue.' || m.queue_name
     and p.value = 'true'
     and coalesce(p.revert_at > clock_timestamp(), true)
  union all
  select 2, 'queue/in_trouble', 'queue:' || m.queue_name, clock_timestamp(), jsonb_build_object('trouble', m.trouble)
    from m where m.trouble is not null
  union all
  select 2, 'threads/paused', 'threads', p.changed_at,
         jsonb_build_object('by', p.changed_by, 'reason', nullif(p.reason, ''))
    from nova.settings p
   where p.key = 'paused.threads' and p.value = 'true' and coalesce(p.revert_at > clock_timestamp(), true)
  union all
  select 2, 'queue/stands_still', 'queue:' || m.queue_name,
         clock_timestamp() - m.oldest_age_sec * interval '1 second', jsonb_build_object('seconds', m.oldest_age_sec)
    from m where m.visible_length > 0 and m.oldest_age_sec > 300
     and not exists (select from nova.settings p where p.key = 'paused.queue.' || m.queue_name and p.value = 'true')
  union all
  select 2, 'queue/given_up', 'queue:' || g.queue_name, min(g.archived_at),
         jsonb_build_object('queue', g.queue_name, 'count', count(*),
                            'reason', left((array_agg(g.reason order by g.archived_at desc))[1], 200))
    from nova_queue.given_up() g group by g.queue_name
  union all
  select 3, 'webhooks/tried_again', 'webhooks', min(n.received_at),
         jsonb_build_object('count', count(*),
                            'reason', left((array_agg(n.error_message order by n.received_at desc))[1], 200))
    from (select * from public.flux_webhook_notifications n
           where n.status = 'pending' and n.error_message is not null
           order by n.received_at desc limit 1000) n
  having count(*) > 0
  union all
  select 2, 'webhooks/in_error', 'webhooks', min(coalesce(n.processed_at, n.received_at)),
         jsonb_build_object('count', count(*),
                            'reason', left((array_agg(n.error_message order by n.received_at desc))[1], 200))
    from (select * from public.flux_webhook_notifications n
           where n.status = 'error' and n.error_message is not null
             and n.received_at > clock_timestamp() - interval '7 days'
           order by n.received_at desc limit 1000) n
  having count(*) > 0
)
select f.rank, (extract(epoch from f.since) * 1000000)::bigint, f.kind, f.what, to_jsonb(f.since) #>> '{}',
       f.facts::text
  from f order by f.rank, f.since limit $1::bigint
