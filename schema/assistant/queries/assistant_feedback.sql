-- Ratings by day, the latest first. $1 days back, $2 tenant, or NULL for all.
-- Returns: day text, positive, negative (bigint), average double precision
select date(f.created_at)::text, count(*) filter (where f.rating = 1), count(*) filter (where f.rating = -1),
       round(avg(f.rating), 2)::double precision
  from public.feedback f
 where f.created_at >= current_date - $1::integer and ($2::text is null or f.tenant_id::text = $2::text)
 group by date(f.created_at)
 order by date(f.created_at) desc
