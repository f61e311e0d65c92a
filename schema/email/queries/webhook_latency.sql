-- From the arrival of notifications to the commit of their effect, over all that were processed.
-- Returns: median in ms double precision, 99th percentile in ms double precision
select coalesce(percentile_cont(0.5) within group (order by extract(epoch from processed_at - received_at) * 1000), 0),
       coalesce(percentile_cont(0.99) within group (order by extract(epoch from processed_at - received_at) * 1000), 0)
  from public.flux_webhook_notifications
 where status = 'processed'
