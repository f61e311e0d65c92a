-- Takes grants to be probed: those that could not be called, every half a minute at most, and those
-- of inboxes that are auth_expired, every quarter of an hour at most, since the notification that
-- they are valid again may be lost. $1 limit.
-- Returns: grant id text
insert into nova.provider_outages as o (scope, subject, last_error, next_probe_at)
select 'grant', i.grant_id, i.status_reason,
       now() + case i.status
                 when 'active' then least(interval '30 seconds', greatest(interval '2 seconds', (now() - w.since) / 2))
                 else least(interval '15 minutes', greatest(interval '1 minute', (now() - i.status_changed_at) / 4)) end
  from public.flux_inboxes i left join nova.provider_outages w on w.scope = 'grant' and w.subject = i.grant_id
 where (i.status = 'auth_expired' or i.status = 'active' and w.subject is not null)
   and coalesce(w.next_probe_at <= now(), true)
 order by w.next_probe_at nulls first limit $1::bigint
    on conflict (scope, subject) do update set next_probe_at = excluded.next_probe_at
returning o.subject
