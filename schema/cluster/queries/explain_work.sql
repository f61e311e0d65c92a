-- How far a backfill is, from its windows to the rows. It follows explain_grounds, whose arguments and columns it has.
with c as (
  select c.id, c.backfill_status, c.error_message, c.updated_at, c.discovery_done, c.attempts, c.gaps, i.grant_id,
         coalesce(s.threads_queued, 0) as threads, coalesce(s.threads_processing, 0) as running,
         coalesce(s.threads_completed, 0) as completed, coalesce(s.threads_failed, 0) as failed,
         greatest(s.updated_at, c.updated_at) as moved_at
    from public.flux_inbox_configurations c
    join public.flux_inboxes i on i.id = c.inbox_id
    left join public.inbox_sync_stats s on s.config_id = c.id
   where c.id::text = $1::text
), work as (
  select count(*) filter (where q.next_attempt_at <= now()) as due,
         count(*) filter (where q.next_attempt_at > now()) as later,
         min(q.next_attempt_at) filter (where q.next_attempt_at > now()) as next_at,
         count(*) filter (where q.next_attempt_at > now() and q.error_message ~ '^HTTP (429|503)') as throttled,
         (array_agg(q.error_message) filter (where q.next_attempt_at > now() and q.error_message is not null))[1] as why
    from (select q.next_attempt_at, q.error_message from public.queued_threads q
           where q.config_id = (select c.id from c) and q.status = 'queued' limit 10000) q
), claims as (
  select min(q.claimed_at) as since, (array_agg(q.claim_node order by q.claimed_at))[1] as node
    from public.queued_threads q
   where q.config_id = (select c.id from c) and q.status = 'processing'
), crashes as (
  -- Of who lists the windows; it starts again, and ends again.
  select count(*) as count, min(a.reason) as why
    from nova.actor_failures a
   where a.kind = 'window_lister' and a.key like (select c.id from c) || '%'
     and a.at > clock_timestamp() - interval '2 minutes'
), steps as (
  select 5 as n, case when c.gaps <> '[]' then 'discovery/partial'
                      when c.discovery_done then 'discovery/done'
                      when c.attempts > 0 then 'discovery/failing'
                      when x.count > 2 then 'discovery/crashing'
                      else 'discovery/lists' end as kind,
         (c.attempts = 0 and x.count < 3 or c.discovery_done) and c.gaps = '[]' as ok, c.updated_at as since,
         jsonb_build_object('config', c.id, 'gaps', jsonb_array_length(c.gaps), 'gap', c.gaps->0->>'kind',
                            'reason', left(c.gaps->0->>'reason', 300), 'threads', c.threads, 'attempts', c.attempts,
                            'error', coalesce(c.error_message, ''), 'listed', w.listed, 'windows', w.windows,
                            'crashes', x.count, 'why', left(x.why, 300)) as facts
    from c, crashes x, (select count(*) as windows, count(*) filter (where w.listed_at is not null) as listed
               from public.backfill_windows w
              where w.config_id = (select c.id from c)) w
  union all
  select 6, case when w.throttled > 0 then 'provider/throttles'
                 when w.later > 0 then 'provider/postponed'
                 else 'provider/ready' end,
         not (w.throttled > 0 or w.later > 0 and w.due = 0 and c.running = 0), w.next_at - interval '1 second',
         jsonb_build_object('threads', w.later, 'until', to_char(w.next_at at time zone 'UTC', 'HH24:MI:SS'),
                            'reason', left(w.why, 200), 'grant', c.grant_id)
    from c, work w where c.backfill_status not in ('completed')
  union all
  select 6, case when p.binds in ('units', 'requests', 'places', 'pause', 'throttled') then 'pace/binds'
                 else 'pace/open' end,
         true, p.noted_at,
         jsonb_build_object('binds', p.binds, 'waiting', p.waiting, 'remote', p.waiting_remote, 'node', p.node,
                            'calls', round(p.calls_a_second::numeric, 1)::text, 'running', p.running,
                            'places', p.places, 'units', nullif(round(p.units_allowed::numeric), 0),
                            'left', (select date_trunc('second', e.eta - clock_timestamp())::text
                                       from public.backfill_estimates e where e.config_id = c.id))
    from c join nova.grant_paces p on p.grant_id = c.grant_id and p.noted_at > clock_timestamp() - interval '30 seconds'
   where c.backfill_status in ('discovering', 'thread_sync')
  union all
  select 7, 'claims/held', coalesce(h.since >= clock_timestamp() - interval '2 minutes', true), h.since,
         jsonb_build_object('running', c.running, 'due', w.due, 'node', h.node)
    from c, work w, claims h where c.backfill_status not in ('completed')
  union all
  select 8, 'rows/written', c.failed = 0, c.moved_at,
         jsonb_build_object('config', c.id, 'completed', c.completed, 'threads', c.threads, 'failed', c.failed)
    from c
)
select s.kind, s.ok, to_jsonb(s.since) #>> '{}', s.facts::text from steps s order by s.n limit $2::bigint
