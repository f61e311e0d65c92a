-- Why a backfill does or does not progress: the chain from the provider to the row. A step that is
-- not ok holds up what follows.
-- $1 configuration text; $2 at most bigint. Returns: rows as a JSON array text
with c as (
  select c.*, i.email, i.provider, i.status as inbox_status, i.status_reason, i.status_changed_at, i.grant_id,
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
), away as (
  select o.* from nova.provider_outages o
   where o.scope <> 'grant' and (o.last_failed_at > clock_timestamp() - interval '2 minutes'
     or exists (select from nova.cluster_nodes n where n.name = o.subject and n.ended_at is null))
), steps as (
  -- One node's wrong key or network holds up nothing while another can call.
  select 0 as n, 'api' as step, not exists (select from away) or exists (
           select from nova.cluster_nodes n where n.ended_at is null and n.lease_until > clock_timestamp()
              and 'threads' = any (n.roles) and not exists (select from away where away.subject = n.name)) as ok,
         (select min(away.since) from away) as since,
         coalesce((select string_agg('provider unreachable from ' || away.subject || ' ('
                                     || case away.scope when 'application' then 'its NYLAS_API_KEY is refused'
                     else 'network' end || '): ' || left(away.last_error, 100),
                     '; ' order by away.subject) from away), 'Nylas answers') as text,
         coalesce((select case away.scope
                            when 'application' then 'set NYLAS_API_KEY there, start it again'
                            else 'nova doctor' end
                     from away
                    order by away.scope limit 1),
           '') as next
    from c
  union all
  select 1, 'grant', c.inbox_status = 'active' and o.since is null, coalesce(o.since, c.status_changed_at),
         case when c.inbox_status <> 'active' then 'the inbox is ' || c.inbox_status
              || coalesce(': ' || nullif(c.status_reason, ''), '')
              when o.since is not null then 'provider unreachable, this mailbox alone: ' || left(o.last_error, 200)
              else c.provider || ' grant ' || c.grant_id || ' is valid' end,
         case when c.inbox_status = 'active' then 'nothing: it is probed and goes on by itself'
              else 'have ' || c.email || ' authorise again; grant.updated resumes it' end
    from c
    left join nova.provider_outages o on o.scope = 'grant' and o.subject = c.grant_id and c.inbox_status = 'active'
  union all
  select 2, 'backfill', c.backfill_status not in ('paused', 'failed', 'cancelled', 'idle'), c.updated_at,
         'the backfill is ' || c.backfill_status || coalesce(': ' || c.error_message, ''),
         case c.backfill_status
           when 'failed' then 'retry backfill:' || c.id
           when 'paused' then 'resume backfill:' || c.id
           else 'progress ' || c.id end
    from c
  union all
  select 3, 'queue',
         not exists (select from nova.settings p
                      where p.key in ('paused.queue.inbox_backfill_jobs', 'paused.threads') and p.value = 'true'
                                  and coalesce(p.revert_at > clock_timestamp(), true)),
         (select min(p.changed_at) from nova.settings p
           where p.key in ('paused.queue.inbox_backfill_jobs', 'paused.threads') and p.value = 'true'),
         coalesce((select substr(p.key, 8) || ' is paused by ' || p.changed_by
                   || coalesce(': ' || nullif(p.reason, ''), '')
                     from nova.settings p
                    where p.key in ('paused.queue.inbox_backfill_jobs', 'paused.threads') and p.value = 'true'
                    order by p.key limit 1),
                  'queue inbox_backfill_jobs is read'),
         'resume queue:inbox_backfill_jobs (or threads)'
    from c where c.backfill_status not in ('completed')
  union all
  select 4, 'nodes',
         exists (select from nova.cluster_nodes n
                  where n.ended_at is null and n.lease_until > clock_timestamp() and nova.state_of(n) <> 'draining'
                               and r.role = any (n.roles)),
         (select max(coalesce(n.ended_at, n.heartbeat_at)) from nova.cluster_nodes n where r.role = any (n.roles)),
         'role ' || r.role || ': '
           || coalesce((select string_agg(n.name, ', ' order by n.name) from nova.cluster_nodes n
             where n.ended_at is null
               and n.lease_until > clock_timestamp()
               and nova.state_of(n) <> 'draining'
               and r.role = any (n.roles)),
             (select 'only drained nodes have it: ' || string_agg(n.name, ', ' order by n.name)
                from nova.cluster_nodes n
               where n.ended_at is null and nova.is_drained(n) and r.role = any (n.roles)),
             'no living node has it'),
         coalesce((select 'undrain ' || min(n.name) from nova.cluster_nodes n
                    where n.ended_at is null and nova.is_drained(n) and r.role = any (n.roles)),
           'start one: nova run --roles ' || r.role)
    from c, (values ('backfill', 0), ('threads', 1)) r (role, needs) where c.backfill_status not in ('completed')
     and exists (select from nova.cluster_nodes) and (r.needs = 1 or not c.discovery_done)
  union all
  select 5, 'discovery', (c.attempts = 0 or c.discovery_done) and c.gaps = '[]', c.updated_at,
         case when c.gaps <> '[]' then 'partial: ' || jsonb_array_length(c.gaps) || ' parts could not be had; '
              || (c.gaps->0->>'kind') || ': ' || left(c.gaps->0->>'reason', 300)
              when c.discovery_done then 'every window is listed, ' || c.threads || ' threads' when c.attempts
                > 0 then c.attempts || ' failed attempts: ' || coalesce(c.error_message, '')
              else (select count(*) filter (where w.listed_at is not null) || ' of ' || count(*) || ' windows listed'
                      from public.backfill_windows w
                     where w.config_id = c.id) end,
         'trace config ' || c.id
    from c
  union all
  select 6, 'provider', not (w.throttled > 0 or w.later > 0 and w.due = 0 and c.running = 0),
         w.next_at - interval '1 second',
         case when w.later > 0 then w.later || ' threads wait until ' || to_char(w.next_at, 'HH24:MI:SS')
           || case when w.throttled > 0 then ', throttled by the provider' else '' end
           || coalesce(': ' || left(w.why, 200), '')
              else 'nothing waits for the provider' end,
         'grants ' || c.grant_id
    from c, work w where c.backfill_status not in ('completed')
  union all
  select 7, 'claims',
         not exists (select from public.queued_threads q
                      where q.config_id = c.id
                        and q.status = 'processing'
                        and q.claimed_at < clock_timestamp() - interval '2 minutes'),
         (select min(q.claimed_at) from public.queued_threads q where q.config_id = c.id and q.status = 'processing'),
         c.running || ' claimed, ' || w.due || ' due'
           || coalesce('; the oldest claim is of '
                       || (select q.claim_node from public.queued_threads q
                            where q.config_id = c.id and q.status = 'processing'
                            order by q.claimed_at limit 1),
             ''),
         'claims'
    from c, work w where c.backfill_status not in ('completed')
  union all
  select 8, 'rows', c.failed = 0, c.moved_at,
         c.completed || ' of ' || c.threads || ' threads written, ' || c.failed || ' failed',
         'retry backfill:' || c.id || ' (see dead-letters)'
    from c
)
select coalesce(jsonb_agg(to_jsonb(r)), '[]')::text
  from (select s.step,
               case when s.ok then 'ok'
                    when s.n = (select min(b.n) from steps b where not b.ok) then 'BLOCKS'
                    else 'waits' end as state,
               s.since, s.text,
               case when s.ok then '' else s.next end as next
          from steps s order by s.n limit $2::bigint) r
