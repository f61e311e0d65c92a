-- What the tables say is wrong, the worst first.
-- $1 unused text; $2 at most bigint. Returns: rows as a JSON array text
with f as (
  select 2 as rank, 'WARN' as level, n.name as what,
         'it listens on ' || n.address
           || ', where the nodes of other machines do not find it: set --listen (and NOVA_TLS_*), or --listen off'
           as text,
         n.started_at as since, 'nodes' as next
    from nova.cluster_nodes n
   where n.ended_at is null and n.address ~ '^(127[.]|\[::1\])'
     and exists (select from nova.cluster_nodes o where o.ended_at is null and o.machine <> n.machine)
  union all
  select 1, 'CRIT', n.name,
         'its lease ran out ' || round(extract(epoch from clock_timestamp() - n.lease_until))
           || ' s ago and nobody declared it dead',
         n.lease_until, 'nodes'
    from nova.cluster_nodes n where n.ended_at is null and n.lease_until < clock_timestamp()
  union all
  select 3, 'WARN', n.name, n.state || coalesce(': ' || n.dead_reason, ''), coalesce(n.ended_at, n.heartbeat_at),
         'events'
    from nova.cluster_nodes n
   where n.state in ('dead', 'degraded') and (n.ended_at is null or n.ended_at > clock_timestamp() - interval '1 hour')
     and not exists (select from nova.cluster_nodes o where o.name = n.name and o.id > n.id)
  union all
  select 2, 'WARN', n.name,
         'drained by ' || n.drained_by || coalesce(': ' || n.drain_reason, '') || ': it takes no new work'
           || coalesce(' until ' || to_char(n.drained_until, 'HH24:MI:SS'), ''), n.drained_at, 'undrain ' || n.name
    from nova.cluster_nodes n where n.ended_at is null and nova.is_drained(n)
  union all
  select 1, 'CRIT', i.email, 'the grant is ' || i.status || coalesce(': ' || nullif(i.status_reason, ''), ''),
         i.status_changed_at, 'grants ' || i.grant_id
    from public.flux_inboxes i where i.status = 'auth_expired'
  union all
  select 1, 'CRIT', o.subject,
         'provider unreachable'
           || case o.scope when 'application' then ': Nylas refuses this node''s NYLAS_API_KEY; no inbox is at fault: '
                           else ' from this node, by its network or Nylas'' fault; its work waits: ' end
                             || left(o.last_error, 200),
         o.since,
         case o.scope when 'application' then 'set NYLAS_API_KEY, start it again (nova doctor)' else 'nova doctor' end
    from nova.provider_outages o
   where o.scope <> 'grant' and (o.last_failed_at > clock_timestamp() - interval '2 minutes'
     or exists (select from nova.cluster_nodes n where n.name = o.subject and n.ended_at is null))
  union all
  select 2, 'WARN', i.email,
         'provider unreachable: its mailbox alone; its work waits and goes on by itself: ' || left(o.last_error, 200),
         o.since, 'grants ' || i.grant_id
    from nova.provider_outages o
    join public.flux_inboxes i on i.grant_id = o.subject and i.status = 'active'
   where o.scope = 'grant'
  union all
  select 2, 'WARN', 'queue:' || m.queue_name,
         'paused by ' || p.changed_by || coalesce(': ' || nullif(p.reason, ''), '') || ', ' || m.visible_length
           || ' ready',
         p.changed_at, 'resume queue:' || m.queue_name
    from nova_queue.metrics() m
    join nova.settings p on p.key = 'paused.queue.' || m.queue_name
     and p.value = 'true'
     and coalesce(p.revert_at > clock_timestamp(), true)
  union all
  select 2, 'WARN', 'queue:' || m.queue_name, 'it cannot be looked at: ' || m.trouble, clock_timestamp(), 'queues'
    from nova_queue.metrics() m where m.trouble is not null
  union all
  select 2, 'WARN', 'threads',
         'thread work is paused by ' || p.changed_by || coalesce(': ' || nullif(p.reason, ''), ''), p.changed_at,
         'resume threads'
    from nova.settings p
   where p.key = 'paused.threads' and p.value = 'true' and coalesce(p.revert_at > clock_timestamp(), true)
  union all
  select 2, 'WARN', 'queue:' || m.queue_name, 'its oldest message waits for ' || m.oldest_age_sec || ' s',
         clock_timestamp() - m.oldest_age_sec * interval '1 second', 'queues'
    from nova_queue.metrics() m where m.visible_length > 0 and m.oldest_age_sec > 300
     and not exists (select from nova.settings p where p.key = 'paused.queue.' || m.queue_name and p.value = 'true')
  union all
  select 2, 'WARN', 'backfill:' || c.id,
         case when t.why ~ '^provider_unreachable' then 'the provider is away: '
              when t.why ~ '^HTTP (429|503)|^rate_limited' then 'throttled: '
              else '' end || t.count || ' threads wait until ' || to_char(t.next_at, 'HH24:MI:SS') || ': '
                || left(t.why, 200),
         c.updated_at, 'explain ' || c.id
    from public.flux_inbox_configurations c,
         lateral (select count(*), min(q.next_attempt_at) as next_at, min(q.error_message) as why
                    from (select * from public.queued_threads q
                           where q.config_id = c.id and q.status = 'queued' limit 1000) q
                   where q.next_attempt_at > now() and q.error_message is not null) t
   where c.backfill_status in ('discovering', 'thread_sync') and t.count > 0
  union all
  select 3, 'WARN', 'backfill:' || c.id, c.backfill_status || coalesce(': ' || c.error_message, ''), c.updated_at,
         'explain ' || c.id
    from public.flux_inbox_configurations c
   where c.backfill_status = 'failed' and c.updated_at > clock_timestamp() - interval '1 day'
  union all
  select 3, 'WARN', 'backfill:' || c.id,
         c.backfill_status || ', partial: ' || (c.gaps->0->>'kind') || ': ' || left(c.gaps->0->>'reason', 200),
         c.updated_at, 'explain ' || c.id
    from public.flux_inbox_configurations c where c.gaps <> '[]' and c.backfill_status <> 'cancelled'
     and not exists (select from public.flux_inbox_configurations l
                      where l.inbox_id = c.inbox_id
                        and l.created_at > c.created_at
                        and l.backfill_status = 'completed'
                        and l.gaps = '[]')
  union all
  select 3, 'WARN', 'backfill:' || s.config_id, s.threads_failed || ' threads failed', s.updated_at, 'dead-letters'
    from public.inbox_sync_stats s where s.threads_failed > 0
  union all
  select 2, 'WARN', 'inbox:' || i.email,
         count(*) || ' ' || r.kind || 's cannot be read: '
           || left((array_agg(r.reason order by r.last_seen_at desc))[1], 200),
         min(r.first_seen_at), 'dead-letters'
    from public.flux_email_rejects r join public.flux_inboxes i on i.id = r.inbox_id group by i.email, r.kind
  union all
  select 3, 'WARN', f.kind, count(*) || ' crashes in ten minutes: ' || left(min(f.reason), 200), min(f.at),
         'crashes --group reason'
    from nova.actor_failures f where f.at > clock_timestamp() - interval '10 minutes' group by f.kind, f.fingerprint
  union all
  select 1, 'CRIT', q.claim_node, count(*) || ' threads are claimed by a node that is not there', min(q.claimed_at),
         'claims'
    from public.queued_threads q
   where q.status = 'processing'
     and q.config_id in (select s.config_id from public.inbox_sync_stats s where s.threads_processing > 0)
     and exists (select from nova.cluster_nodes n where n.name = q.claim_node)
         and q.claimed_at < clock_timestamp() - interval '10 seconds'
     and not exists (select from nova.cluster_nodes n where n.name = q.claim_node and n.ended_at is null)
   group by q.claim_node
)
select coalesce(jsonb_agg(to_jsonb(r)), '[]')::text
  from (select f.level, f.what, f.text, f.since, f.next from f
         where $1::text is not null
         order by f.rank, f.since limit $2::bigint) r
