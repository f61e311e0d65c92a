-- What a backfill stands on, from the provider to the nodes: a step a row, as facts, of which pg/explanation.cpp makes
-- sentences. $1 configuration text; $2 at most bigint. Returns: STEP/KIND text, whether it is ok boolean, since as
-- JSON has it text or null, facts as a JSON object text
with c as (
  select c.id, c.backfill_status, c.error_message, c.updated_at, c.discovery_done, i.email, i.provider, i.grant_id,
         i.status, i.status_reason, i.status_changed_at
    from public.flux_inbox_configurations c
    join public.flux_inboxes i on i.id = c.inbox_id
   where c.id::text = $1::text
), away as (
  select o.subject, o.scope, o.since, o.last_error from nova.provider_outages o
   where o.scope <> 'grant' and (o.last_failed_at > clock_timestamp() - interval '2 minutes'
     or exists (select from nova.cluster_nodes n where n.name = o.subject and n.ended_at is null))
), paused as (
  select p.key, p.changed_at, p.changed_by, p.reason, p.revert_at from nova.settings p
   where p.key in ('paused.queue.inbox_backfill_jobs', 'paused.threads') and p.value = 'true'
), roles as (
  select r.role, max(coalesce(n.ended_at, n.heartbeat_at)) as since,
         string_agg(n.name, ', ' order by n.name) filter (where n.ended_at is null
           and n.lease_until > clock_timestamp() and nova.state_of(n) <> 'draining') as living,
         string_agg(n.name, ', ' order by n.name) filter (where n.ended_at is null and nova.is_drained(n)) as drained,
         min(n.name) filter (where n.ended_at is null and nova.is_drained(n)) as first
    from (values ('backfill'), ('threads')) r (role)
    left join nova.cluster_nodes n on r.role = any (n.roles)
   group by r.role
), steps as (
  -- One node's wrong key or network holds up nothing while another can call.
  select 0 as n, case when a.nodes is null then 'api/answers' when a.refused then 'api/refuses_key'
                   else 'api/out_of_reach' end as kind,
         a.nodes is null or exists (
           select from nova.cluster_nodes n where n.ended_at is null and n.lease_until > clock_timestamp()
              and 'threads' = any (n.roles) and not exists (select from away where away.subject = n.name)) as ok,
         a.since, jsonb_build_object('away', a.nodes) as facts
    from c, (select min(away.since) as since, bool_or(away.scope = 'application') as refused,
                    jsonb_agg(jsonb_build_object('node', away.subject, 'scope', away.scope,
                                                 'error', left(away.last_error, 100)) order by away.subject) as nodes
               from away) a
  union all
  select 1, case when c.status <> 'active' then 'grant/not_allowed' when o.since is not null then 'grant/out_of_reach'
              else 'grant/valid' end,
         c.status = 'active' and o.since is null, coalesce(o.since, c.status_changed_at),
         jsonb_build_object('status', c.status, 'reason', nullif(c.status_reason, ''), 'email', c.email,
                            'error', left(o.last_error, 200), 'provider', c.provider, 'grant', c.grant_id)
    from c
    left join nova.provider_outages o on o.scope = 'grant' and o.subject = c.grant_id and c.status = 'active'
  union all
  select 2, case c.backfill_status when 'failed' then 'backfill/failed' when 'paused' then 'backfill/paused'
              else 'backfill/in_state' end,
         c.backfill_status not in ('paused', 'failed', 'cancelled', 'idle'), c.updated_at,
         jsonb_build_object('config', c.id, 'status', c.backfill_status, 'by', t.moved_by,
                            'reason', coalesce(nullif(t.why, ''), c.error_message))
    from c
    left join lateral (
      select t.moved_by, t.why from public.sync_transitions t
       where t.subject_id = c.id and t.to_status = c.backfill_status order by t.moved_at desc limit 1) t
      on c.backfill_status = 'paused'
  union all
  select 3, case when p.key is null then 'queue/read' else 'queue/paused' end,
         not exists (select from paused where coalesce(paused.revert_at > clock_timestamp(), true)),
         (select min(paused.changed_at) from paused),
         jsonb_build_object('what', replace(substr(p.key, 8), 'queue.', 'queue:'), 'by', p.changed_by,
                            'reason', nullif(p.reason, ''))
    from c
    left join paused p on p.key = (select min(paused.key) from paused)
   where c.backfill_status not in ('completed')
  union all
  select 4, case when r.living is not null then 'nodes/living' when r.drained is not null then 'nodes/drained'
              else 'nodes/none' end,
         r.living is not null, r.since,
         jsonb_build_object('role', r.role, 'living', r.living, 'drained', r.drained, 'first', r.first)
    from c, roles r
   where c.backfill_status not in ('completed') and (r.role = 'threads' or not c.discovery_done)
     and exists (select from nova.cluster_nodes)
)
select s.kind, s.ok, to_jsonb(s.since) #>> '{}', s.facts::text from steps s
 order by s.n, s.facts->>'role' limit $2::bigint
