-- Alerts, the open ones first, the newest first. $1 also those that are over (boolean), $2 of this kind, or empty,
-- $3 at most bigint. Returns: kind, key, severity, title (text), count bigint, opened at, ended at in seconds or 0
-- (bigint), notices that were sent, wait, were given up (bigint)
select a.kind, a.key, a.severity, a.title, a.count, extract(epoch from a.opened_at)::bigint,
       coalesce(extract(epoch from a.ended_at)::bigint, 0), t.told, t.waiting, t.given_up
  from nova.alerts a
 cross join lateral (
       select count(*) filter (where d.state = 'sent') as told,
              count(*) filter (where d.state is null or d.state in ('pending', 'sending')) as waiting,
              count(*) filter (where d.state = 'failed') as given_up
         from nova.alert_notices n left join nova.alert_deliveries d on d.id = n.delivery where n.alert = a.id) t
 where ($1::boolean or a.ended_at is null) and $2::text in ('', a.kind)
 order by a.ended_at is not null, a.opened_at desc, a.id desc limit $3::bigint
