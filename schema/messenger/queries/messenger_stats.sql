-- Returns: transport, queue text, ready, delayed, running, failed (not yet retried), oldest ready
-- in seconds bigint
select s.transport, s.queue, sum(s.ready)::bigint, sum(s.delayed)::bigint, sum(s.running)::bigint,
       sum(s.failed)::bigint, coalesce(greatest(extract(epoch from now() - min(s.oldest)), 0), 0)::bigint
  from (select l.transport, l.queue, e.ready, e.delayed, 0 as running, 0 as failed, e.oldest
          from (select r.lane, count(*) as ready, 0 as delayed, min(r.since) as oldest
                  from nova.messenger_ready r group by r.lane
                union all
                select d.lane, count(*) filter (where d.due_at <= now()), count(*) filter (where d.due_at > now()),
                       min(d.due_at) filter (where d.due_at <= now())
                  from nova.messenger_delayed d group by d.lane) e
          join nova.messenger_lanes l on l.id = e.lane
        union all
        select m.transport, m.queue, 0, 0, count(*), 0, null
          from nova.messenger_claims c, unnest(c.messages) i (id) join public.messenger_messages m on m.id = i.id
         where m.token = c.token and m.status = 'processing' group by m.transport, m.queue
        union all
        select f.transport, f.queue, 0, 0, 0, count(*), null
          from public.messenger_failed_messages f where f.retried_at is null
         group by f.transport, f.queue) s
 group by s.transport, s.queue order by s.transport, s.queue
