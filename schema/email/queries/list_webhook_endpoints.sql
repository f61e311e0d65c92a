-- The webhook endpoints of the application, as they were seen last.
-- Returns: id, URL, status, since and seen at (text)
select e.id, e.url, e.status, to_char(e.since at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"'),
       to_char(e.seen_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"')
  from nova.webhook_endpoints e order by e.status = 'active', e.url, e.id
