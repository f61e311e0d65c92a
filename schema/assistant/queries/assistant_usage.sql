-- Usage by tenant, the largest first. $1 days back, $2 tenant, or NULL for all.
-- Returns: tenant id, name (text), users, messages, tokens (bigint), cost text, exact
select t.id::text, t.name, count(distinct um.user_id), sum(um.total_messages)::bigint, sum(um.total_tokens)::bigint,
       sum(um.estimated_cost)::text
  from public.usage_metrics um join public.tenants t on t.id = um.tenant_id
 where um.date >= current_date - $1::integer and ($2::text is null or um.tenant_id::text = $2::text)
 group by t.id, t.name
 order by sum(um.total_tokens) desc, t.id
