-- What is wrong with the provider, inboxes and backfills. Argument and columns are those of findings_of_nodes.
with f as (
  select 1 as rank, 'inbox/not_allowed' as kind, i.email as what, i.status_changed_at as since,
         jsonb_build_object('status', i.status, 'reason', nullif(i.status_reason, ''), 'email', i.email) as facts
    from public.flux_inboxes i where i.status = 'auth_expired'
  union all
  select 1, case o.scope when 'application' then 'provider/refuses_key' else 'provider/out_of_reach' end, o.subject,
         o.since, jsonb_build_object('error', left(o.last_error, 200))
    from nova.provider_outages o
   where o.scope <> 'grant' and (o.last_failed_at > clock_timestamp() - interval '2 minutes'
     or exists (select from nova.cluster_nodes n where n.name = o.subject and n.ended_at is null))
  union all
  select 2, 'inbox/out_of_reach', i.email, o.since,
         jsonb_build_object('error', left(o.last_error, 200), 'grant', i.grant_id)
    from nova.provider_outages o
    join public.flux_inboxes i on i.grant_id = o.subject and i.status = 'active'
   where o.scope = 'grant'
  union all
  select 2, case when t.why ~ '^provider_unreachable' then 'backfill/waits_for_provider'
                 when t.why ~ '^HTTP (429|503)|^rate_limited' then 'backfill/throttled'
                 when t.why ~ '^database_refused' then 'backfill/refused_by_database'
                 else 'backfill/waits' end,
         'backfill:' || c.id, c.updated_at,
         jsonb_build_object('config', c.id, 'threads', t.count,
                            'until', to_char(t.next_at at time zone 'UTC', 'HH24:MI:SS'), 'reason', left(t.why, 200))
    from public.flux_inbox_configurations c,
         lateral (select count(*), min(q.next_attempt_at) as next_at, min(q.error_message) as why
                    from (select q.next_attempt_at, q.error_message from public.queued_threads q
                           where q.config_id = c.id and q.status = 'queued' limit 1000) q
                   where q.next_attempt_at > now() and q.error_message is not null) t
   where c.backfill_status in ('discovering', 'thread_sync') and t.count > 0
  union all
  select 3, 'backfill/failed', 'backfill:' || c.id, c.updated_at,
         jsonb_build_object('config', c.id, 'reason', c.error_message)
    from public.flux_inbox_configurations c
   where c.backfill_status = 'failed' and c.updated_at > clock_timestamp() - interval '1 day'
  union all
  select 3, 'backfill/partial', 'backfill:' || c.id, c.updated_at,
         jsonb_build_object('config', c.id, 'status', c.backfill_status, 'gap', c.gaps->0->>'kind',
                            'reason', left(c.gaps->0->>'reason', 200))
    from public.flux_inbox_configurations c where c.gaps <> '[]' and c.backfill_status <> 'cancelled'
     and not exists (select from public.flux_inbox_configurations l
                      where l.inbox_id = c.inbox_id
                        and l.created_at > c.created_at
                        and l.backfill_status = 'completed'
                        and l.gaps = '[]')
  union all
  select 3, 'backfill/lost_threads', 'backfill:' || s.config_id, s.updated_at,
         jsonb_build_object('threads', s.threads_failed, 'config', s.config_id)
    from public.inbox_sync_stats s where s.threads_failed > 0
  union all
  select case e.status when 'failed' then 1 else 2 end, 'webhooks/endpoint_down', 'webhook:' || e.id, e.since,
         jsonb_build_object('url', e.url, 'status', e.status)
    from nova.webhook_endpoints e where e.status <> 'active'
  union all
  select 2, 'inbox/unreadable', 'inbox:' || i.email, min(r.first_seen_at),
         jsonb_build_object('count', count(*), 'object', r.kind,
                            'reason', left((array_agg(r.reason order by r.last_seen_at desc))[1], 200))
    from public.flux_email_rejects r join public.flux_inboxes i on i.id = r.inbox_id group by i.email, r.kind
  union all
  select 2, 'inbox/attachments_failing', 'inbox:' || i.email, min(b.updated_at),
         jsonb_build_object('count', count(*), 'grant', i.grant_id,
                            'reason', left((array_agg(b.reason order by b.updated_at desc))[1], 200))
    from nova.attachment_bytes b join public.flux_inboxes i on i.id = b.inbox_id
   where b.state = 'due' and b.attempts >= 5 group by i.email, i.grant_id
)
select f.rank, (extract(epoch from f.since) * 1000000)::bigint, f.kind, f.what, to_jsonb(f.since) #>> '{}',
       f.facts::text
  from f order by f.rank, f.since limit $1::bigint
