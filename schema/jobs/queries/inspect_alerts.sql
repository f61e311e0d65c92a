-- Alerts, the open ones first, and how many of their messages were sent. $1 only of this kind, or empty; $2 at most
-- bigint. Returns: rows as a JSON array text
select coalesce(jsonb_agg(to_jsonb(r)), '[]')::text
  from (select a.kind, a.key, a.severity, case when a.ended_at is null then 'open' else 'over' end as state, a.title,
               a.opened_at, a.ended_at, a.count, t.told, t.waiting, t.given_up, t.error
          from nova.alerts a
         cross join lateral (
               select count(*) filter (where d.state = 'sent') as told,
                      count(*) filter (where d.state is null or d.state in ('pending', 'sending')) as waiting,
                      count(*) filter (where d.state = 'failed') as given_up, max(d.error) as error
                 from nova.alert_notices n left join nova.alert_deliveries d on d.id = n.delivery
                where n.alert = a.id) t
         where $1::text in ('', a.kind)
         order by a.ended_at is not null, nova.severity_rank(a.severity) desc, a.opened_at desc, a.id desc
         limit $2::bigint) r
