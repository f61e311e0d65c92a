-- What is due and does not move: nobody may do it, or those who may do nothing. Also what operators hold back or have
-- changed. Argument and columns are those of findings_of_nodes.
with living as materialized (
  select n.name, n.roles, nova.is_drained(n) as drained, n.drained_by
    from nova.cluster_nodes n where n.ended_at is null and n.lease_until > clock_timestamp()
), paused as materialized (
  select substr(p.key, 8) as what from nova.settings p
   where p.key ~ '^paused[.]' and p.value = 'true' and coalesce(p.revert_at > clock_timestamp(), true)
), running as materialized (
  select c.id, c.backfill_status, c.discovery_done, s.threads_processing as processing,
         s.threads_completed + s.threads_failed >= coalesce(s.threads_queued, 0) as worked_off,
         greatest(c.updated_at, s.updated_at) as moved_at
    from public.flux_inbox_configurations c
    join public.flux_inboxes i on i.id = c.inbox_id and i.status = 'active'
    left join public.inbox_sync_stats s on s.config_id = c.id
   where c.backfill_status in ('pending', 'discovering', 'thread_sync')
     and not exists (select from nova.provider_outages o where o.scope = 'grant' and o.subject = i.grant_id)
), due as materialized (
  -- New threads are due since ever.
  select 'threads' as role, 'threads' as work, sum(t.count) as count, min(greatest(t.since, r.moved_at)) as since,
         interval '2 minutes' as lasts, max(r.moved_at) as moved_at, bool_or(r.processing > 0) as in_hand
    from running r
   cross join lateral (
     select count(*) as count, min(q.next_attempt_at) as since
       from (select q.next_attempt_at from public.queued_threads q
              where q.config_id = r.id and q.status = 'queued' limit 1000) q
      where q.next_attempt_at <= clock_timestamp()) t
   where t.count > 0 and not exists (select from paused where paused.what = 'threads')
  having count(*) > 0
  union all
  select 'backfill', 'backfills to discover', count(*), min(r.moved_at), null, null, false
    from running r
   where not r.discovery_done and r.backfill_status <> 'thread_sync'
     and not exists (select from paused where paused.what = 'queue.inbox_backfill_jobs')
  having count(*) > 0
  union all
  select 'completion', 'backfills to complete', count(*), min(r.moved_at), interval '5 minutes', max(r.moved_at),
         false
    from running r
   where r.discovery_done and r.backfill_status = 'thread_sync' and r.processing = 0 and r.worked_off
  having count(*) > 0
  union all
  select 'webhooks', 'notifications', m.visible_length, clock_timestamp() - m.oldest_age_sec * interval '1 second',
         null, null, false
    from nova_queue.metrics() m
   where m.queue_name = 'nylas_webhook_notifications' and m.visible_length > 0
     and not exists (select from paused where paused.what = 'queue.' || m.queue_name)
), able as (
  select d.role, min(l.name) filter (where l.drained) as drained,
         min(l.drained_by) filter (where l.drained) as drained_by,
         string_agg(l.name, ', ' order by l.name) filter (where not l.drained) as nodes
    from due d left join living l on d.role = any (l.roles) group by d.role
), f as (
  select 1 as rank, case when a.drained is null then 'role/missing' else 'role/drained' end as kind,
         'role:' || d.role as what, d.since,
         jsonb_build_object('role', d.role, 'work', d.work, 'count', d.count, 'node', a.drained,
                            'by', a.drained_by) as facts
    from due d join able a on a.role = d.role
   where a.nodes is null and d.since < clock_timestamp() - interval '3 seconds'
  union all
  select 1, 'role/idle', 'role:' || d.role, greatest(d.moved_at, d.since),
         jsonb_build_object('role', d.role, 'work', d.work, 'count', d.count, 'nodes', a.nodes)
    from due d join able a on a.role = d.role
   where a.nodes is not null and not d.in_hand and greatest(d.moved_at, d.since) < clock_timestamp() - d.lasts
  union all
  select 1, 'cluster/empty', 'cluster', e.at, jsonb_build_object('node', e.name, 'state', e.state)
    from (select n.name, case when n.ended_at is null then 'silent' else n.state end as state,
                 least(n.ended_at, n.lease_until) as at
            from nova.cluster_nodes n order by least(n.ended_at, n.lease_until) desc limit 1) e
   where not exists (select from living) and exists (select from public.flux_inboxes i where i.status = 'active')
     and e.at < clock_timestamp() - interval '1 second'
  union all
  select 3, 'backfill/paused', 'backfill:' || c.id, coalesce(t.moved_at, c.updated_at),
         jsonb_build_object('config', c.id, 'by', t.moved_by, 'reason', nullif(t.why, ''))
    from public.flux_inbox_configurations c
    left join lateral (
      select t.moved_at, t.moved_by, t.why from public.sync_transitions t
       where t.subject_id = c.id and t.to_status = 'paused' order by t.moved_at desc limit 1) t on true
   where c.backfill_status = 'paused'
  union all
  select 2, 'inbox/not_swept', 'inbox:' || i.email,
         greatest(coalesce(i.last_swept_at, i.created_at), i.status_changed_at),
         jsonb_build_object('grant', i.grant_id)
    from public.flux_inboxes i
   where i.status = 'active' and exists (select from living)
     and greatest(coalesce(i.last_swept_at, i.created_at), i.status_changed_at) < clock_timestamp() - interval '1 hour'
     and coalesce(i.sweep_claimed_until < clock_timestamp(), true)
     and not exists (select from nova.provider_outages o where o.scope = 'grant' and o.subject = i.grant_id)
  union all
  select 2, 'inbox/differs', 'inbox:' || i.email, k.done_until,
         jsonb_build_object('email', i.email, 'times', k.failures, 'from', k.from_day, 'to', k.to_day - 1)
    from nova.mail_certifications k
    join public.flux_inboxes i on i.id = k.inbox_id and i.status = 'active'
   where k.scope = 'again' and k.failures >= 3 and k.due_at < 'infinity'
  union all
  select 4, 'inbox/not_compared', 'inbox:' || i.email, k.due_at, jsonb_build_object('email', i.email)
    from nova.mail_certifications k
    join public.flux_inboxes i on i.id = k.inbox_id and i.status = 'active'
   where k.scope = 'recent' and k.due_at < clock_timestamp() - interval '3 hours'
     and coalesce(k.claimed_until < clock_timestamp(), true) and exists (select from living)
  union all
  -- Where the pace is the limit nothing is wrong, and more nodes would not help.
  select 5, 'pace/binds', 'pace:' || i.email, p.noted_at,
         jsonb_build_object('binds', p.binds, 'waiting', p.waiting, 'remote', p.waiting_remote, 'node', p.node,
                            'calls', round(p.calls_a_second::numeric, 1)::text, 'places', p.places, 'grant', i.grant_id,
                            'units', nullif(round(p.units_allowed::numeric), 0),
                            'left', (select date_trunc('second', max(e.eta) - clock_timestamp())::text
                                       from public.backfill_estimates e
                                       join public.flux_inbox_configurations c on c.id = e.config_id
                                      where c.inbox_id = i.id
                                        and c.backfill_status in ('pending', 'discovering', 'thread_sync')))
    from nova.grant_paces p
    join public.flux_inboxes i on i.grant_id = p.grant_id and i.status = 'active'
   where p.noted_at > clock_timestamp() - interval '30 seconds' and p.binds in ('units', 'requests', 'pause')
     and exists (select from public.flux_inbox_configurations c
                  where c.inbox_id = i.id and c.backfill_status in ('discovering', 'thread_sync'))
  union all
  select 4, 'setting/changed', 'setting:' || s.key, s.changed_at,
         jsonb_build_object('key', s.key, 'value', s.value, 'by', s.changed_by, 'reason', nullif(s.reason, ''),
                            'until', to_char(s.revert_at at time zone 'UTC', 'HH24:MI:SS'))
    from nova.settings s
   where s.key !~ '^paused[.]' and coalesce(s.revert_at > clock_timestamp(), true)
)
select f.rank, (extract(epoch from f.since) * 1000000)::bigint, f.kind, f.what, to_jsonb(f.since) #>> '{}',
       f.facts::text
  from f order by f.rank, f.since limit $1::bigint
