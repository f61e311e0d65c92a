-- How much cannot be read. Returns: inbox id text, email text, kind text, count bigint, newest reason text
select r.inbox_id::text, i.email, r.kind, count(*), (array_agg(r.reason order by r.last_seen_at desc))[1]
  from public.flux_email_rejects r join public.flux_inboxes i on i.id = r.inbox_id
 group by r.inbox_id, i.email, r.kind
 order by i.email, r.kind
