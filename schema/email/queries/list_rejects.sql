-- The newest first. $1 inbox id or NULL for all; $2 limit.
-- Returns: inbox id, email, kind, provider's id, reason (text), times seen bigint, last seen in
-- seconds bigint, kept boolean
select r.inbox_id::text, i.email, r.kind, r.provider_id, r.reason, r.times_seen,
       extract(epoch from r.last_seen_at)::bigint, r.raw is not null
  from public.flux_email_rejects r join public.flux_inboxes i on i.id = r.inbox_id
 where $1::uuid is null or r.inbox_id = $1::uuid
 order by r.last_seen_at desc, r.kind, r.identity limit $2::bigint
