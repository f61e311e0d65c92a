-- What is done of a running backfill and what is left of it, as far as rows say; no row when it is over.
-- $1 config id.
-- Returns: start and end of its range in seconds bigint, threads found and not done bigint, whether threads are
-- listed beside messages, whether it is worked on boolean, what it waits for text, trace double precision[]; of its
-- windows by time: start and end in seconds bigint[], begun, messages done, all done boolean[], messages, threads,
-- different threads seen, to be synced, reached in seconds or 0 bigint[], cost of messages and of threads double
-- precision[]; of the survey of its inbox by time: start and end in seconds bigint[], messages double precision[]
select extract(epoch from c.backfill_start)::bigint, extract(epoch from c.backfill_end)::bigint,
       coalesce(s.threads_queued - s.threads_completed - s.threads_failed, 0), i.provider <> 'google',
       c.backfill_status in ('discovering', 'thread_sync') and i.status = 'active' and not o.away,
       case when c.backfill_status = 'pending' then 'queue'
            when i.status <> 'active' then 'inbox'
            when o.away then 'provider'
            else coalesce((select p.binds from nova.grant_paces p
                            where p.grant_id = i.grant_id and p.noted_at > now() - interval '2 minutes'), 'window') end,
       coalesce((select t.trace from nova.backfill_traces t where t.config_id = c.id), '{}'),
       coalesce(w.starts, '{}'), coalesce(w.ends, '{}'), coalesce(w.begun, '{}'), coalesce(w.messages_done, '{}'),
       coalesce(w.done, '{}'), coalesce(w.messages, '{}'), coalesce(w.threads, '{}'), coalesce(w.threads_seen, '{}'),
       coalesce(w.to_sync, '{}'), coalesce(w.reached, '{}'), coalesce(w.messages_cost, '{}'),
       coalesce(w.threads_cost, '{}'), coalesce(m.starts, '{}'), coalesce(m.ends, '{}'), coalesce(m.messages, '{}')
  from public.flux_inbox_configurations c
  join public.flux_inboxes i on i.id = c.inbox_id
  left join public.inbox_sync_stats s on s.config_id = c.id
 cross join lateral (select exists (select from nova.provider_outages o
                                     where o.scope = 'grant' and o.subject = i.grant_id) as away) o
 cross join lateral (
   select array_agg(r.start_s order by r.start_s) as starts, array_agg(r.end_s order by r.start_s) as ends,
          array_agg(r.begun order by r.start_s) as begun, array_agg(r.done order by r.start_s) as done,
          array_agg(r.messages_done order by r.start_s) as messages_done,
          array_agg(r.messages order by r.start_s) as messages, array_agg(r.threads order by r.start_s) as threads,
          array_agg(r.threads_seen order by r.start_s) as threads_seen,
          array_agg(r.to_sync order by r.start_s) as to_sync, array_agg(r.reached order by r.start_s) as reached,
          array_agg(r.messages_cost order by r.start_s) as messages_cost,
          array_agg(r.threads_cost order by r.start_s) as threads_cost
     from (select extract(epoch from b.window_start)::bigint as start_s,
                  extract(epoch from least(b.window_end, c.backfill_end))::bigint as end_s,
                  b.began_at is not null as begun, b.listed_at is not null as done,
                  b.listed_at is not null or coalesce(l.messages_done, false) as messages_done,
                  coalesce(l.messages, 0) as messages, coalesce(l.threads, 0) as threads,
                  coalesce(l.threads_seen, 0) as threads_seen, coalesce(l.to_sync, 0) as to_sync,
                  coalesce(extract(epoch from l.reached)::bigint, 0) as reached,
                  coalesce(l.messages_cost, 0) as messages_cost, coalesce(l.threads_cost, 0) as threads_cost
             from public.backfill_windows b left join nova.listed_windows l on l.window_id = b.id
            where b.config_id = c.id and b.pass = 0) r) w
 cross join lateral (
   select array_agg(extract(epoch from x.sample_start)::bigint order by x.sample_start) as starts,
          array_agg(extract(epoch from x.sample_end)::bigint order by x.sample_start) as ends,
          array_agg(x.messages order by x.sample_start) as messages
     from nova.mail_samples x where x.inbox_id = c.inbox_id) m
 where c.id = $1::uuid and c.backfill_status in ('pending', 'discovering', 'thread_sync')
