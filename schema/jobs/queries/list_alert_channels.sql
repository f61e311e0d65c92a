-- Channels of alerts, by name. Returns: name, kind (text), recipients text[], url, url secret, secret name, format
-- (text), allow private boolean, kinds text[], window in milliseconds bigint, enabled boolean, why it or one of its
-- recipients stands still, set by (text), set at in seconds (bigint)
select c.name, c.kind, c.recipients, coalesce(c.url, ''), coalesce(c.url_secret, ''), coalesce(c.secret_name, ''),
       c.format, c.allow_private, c.kinds, (extract(epoch from c.window_length) * 1000)::bigint, c.enabled,
       coalesce((select t.pause_reason from nova.alert_transports t where t.kind = c.kind), p.reason, ''),
       c.set_by::text, extract(epoch from c.set_at)::bigint
  from nova.alert_channels c
 cross join lateral (
       select min(r.pause_reason) as reason from nova.alert_recipients r
        where r.paused_at is not null
          and (r.channel = c.id or r.kind = c.kind and r.channel is null and r.address = any (c.recipients))) p
 order by c.name
