-- Daily active users, the latest day first. $1 days back, $2 tenant, or NULL for all. Returns: day text, users bigint
select um.date::text, count(distinct um.user_id)
  from public.usage_metrics um
 where um.date >= current_date - $1::integer and ($2::text is null or um.tenant_id::text = $2::text)
 group by um.date
 order by um.date desc
