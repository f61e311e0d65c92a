-- Messages about alerts, the newest first. $1 only of this state, or empty, $2 at most bigint. Returns: id bigint,
-- kind, recipient, state, error class, error (text), attempts integer, alerts in it (bigint), the first of them
-- (text), created at, next attempt at, ended at in seconds or 0 (bigint)
select d.id, r.kind, nova.alert_address(r.kind, r.address, c.name), d.state, coalesce(d.error_class, ''),
       coalesce(d.error, ''), d.attempts, t.alerts, coalesce(t.title, ''), extract(epoch from d.created_at)::bigint,
       case when d.state = 'pending' then extract(epoch from d.next_attempt_at)::bigint else 0 end,
       coalesce(extract(epoch from d.ended_at)::bigint, 0)
  from nova.alert_deliveries d
  join nova.alert_recipients r on r.id = d.recipient
  left join nova.alert_channels c on c.id = r.channel
 cross join lateral (select count(distinct a.id) as alerts, min(a.title) as title
                       from nova.alert_notices n join nova.alerts a on a.id = n.alert where n.delivery = d.id) t
 where $1::text in ('', d.state)
 order by d.id desc limit $2::bigint
