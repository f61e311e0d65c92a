-- What is wrong with nodes, with actors on them and with what they hold, the worst first; as facts, of which
-- pg/findings.cpp makes sentences: it has a row for each kind.
-- $1 at most bigint. Returns: rank, the worst is 1 (integer), since in microseconds since 1970 (bigint), kind, what,
-- since as JSON has it, facts as a JSON object (all text)
with f as (
  select 2 as rank, 'node/out_of_reach' as kind, n.name as what, n.started_at as since,
         jsonb_build_object('address', n.address) as facts
    from nova.cluster_nodes n
   where n.ended_at is null and n.address ~ '^(127[.]|\[::1\])'
     and exists (select from nova.cluster_nodes o where o.ended_at is null and o.machine <> n.machine)
  union all
  select 1, 'node/lease_ran_out', n.name, n.lease_until,
         jsonb_build_object('node', n.name, 'seconds', round(extract(epoch from clock_timestamp() - n.lease_until)))
    from nova.cluster_nodes n where n.ended_at is null and n.lease_until < clock_timestamp()
  union all
  select 3, case n.state when 'dead' then 'node/dead' else 'node/degraded' end, n.name,
         coalesce(n.ended_at, n.heartbeat_at),
         jsonb_build_object('state', n.state, 'reason', n.dead_reason, 'node', n.name)
    from nova.cluster_nodes n
   where n.state in ('dead', 'degraded') and (n.ended_at is null or n.ended_at > clock_timestamp() - interval '1 hour')
     and not exists (select from nova.cluster_nodes o where o.name = n.name and o.id > n.id)
  union all
  select 2, 'node/drained', n.name, n.drained_at,
         jsonb_build_object('node', n.name, 'by', n.drained_by, 'reason', n.drain_reason,
                            'until', to_char(n.drained_until at time zone 'UTC', 'HH24:MI:SS'))
    from nova.cluster_nodes n where n.ended_at is null and nova.is_drained(n)
  union all
  select 2, 'node/name_wanted', substr(a.target, 6), max(a.at),
         jsonb_build_object('count', count(*), 'who', (array_agg(a.who order by a.at desc))[1])
    from nova.operator_actions a
   where a.action = 'run' and a.target ~ '^node:' and a.outcome ~ '^refused'
     and a.at > clock_timestamp() - interval '10 minutes'
   group by a.target
  union all
  -- Who calls knows that it fails; the other may not.
  select 2, 'node/not_linked', n.name || '/links', coalesce(to_timestamp(nullif(l.since, 0)), n.heartbeat_at),
         jsonb_build_object('peer', l.peer, 'count', l.failures, 'reason', left(l.why, 300))
    from nova.cluster_nodes n
   cross join lateral jsonb_to_recordset(coalesce(n.load -> 'links', '[]'))
         as l (peer text, state text, since double precision, failures bigint, why text)
   where n.ended_at is null and n.lease_until > clock_timestamp() and l.state <> 'up' and l.failures >= 3
     and l.why <> '' and exists (select from nova.cluster_nodes p where p.name = l.peer and p.ended_at is null)
  union all
  select 1, 'node/fought_over', n.name, max(n.ended_at), jsonb_build_object('count', count(*), 'node', n.name)
    from nova.cluster_nodes n
   where n.dead_reason = 'a new process started under the same name'
     and n.ended_at > clock_timestamp() - interval '10 minutes'
   group by n.name having count(*) > 1
  union all
  select case when a.refused then 2 else 3 end,
         case when a.refused then 'actor/refused_by_database' else 'actor/crashes' end, a.kind, min(a.at),
         jsonb_build_object('count', count(*), 'reason', left(min(a.reason), 200))
    from (select f.kind, f.fingerprint, f.reason, f.at,
                 -- As long as it goes on.
                 bool_and(f.reason ~ '^database_refused') over same
                   and max(f.at) over same > clock_timestamp() - interval '20 seconds' as refused
            from nova.actor_failures f where f.at > clock_timestamp() - interval '10 minutes'
          window same as (partition by f.kind, f.fingerprint)) a
   group by a.kind, a.fingerprint, a.refused
  union all
  select 1, 'claims/of_nobody', q.claim_node, min(q.claimed_at),
         jsonb_build_object('count', count(*), 'node', q.claim_node)
    from public.queued_threads q
   where q.status = 'processing'
     and q.config_id in (select s.config_id from public.inbox_sync_stats s where s.threads_processing > 0)
     and exists (select from nova.cluster_nodes n where n.name = q.claim_node)
     and q.claimed_at < clock_timestamp() - interval '10 seconds'
     and not exists (select from nova.cluster_nodes n where n.name = q.claim_node and n.ended_at is null)
   group by q.claim_node
)
select f.rank, (extract(epoch from f.since) * 1000000)::bigint, f.kind, f.what, to_jsonb(f.since) #>> '{}',
       f.facts::text
  from f order by f.rank, f.since limit $1::bigint
