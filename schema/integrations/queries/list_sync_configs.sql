-- Returns one row a configuration: id text, integration, provider, stream text, active boolean, mode, incremental
-- key, watermark, schedule text, due bigint (seconds since 1970; 0: when somebody asks), state (paused, running,
-- waiting, idle), status and error of the last run that ended text, failures in a row integer, why it is off text,
-- settings text
select c.id::text, i.name, coalesce(i.provider, ''), c.stream, c.is_active and i.is_active, c.sync_mode,
       coalesce(c.incremental_key, ''), coalesce(c.watermark_value, ''),
       coalesce(c.cron || case when c.timezone <> 'UTC' then ' ' || c.timezone else '' end, 'every ' || c.every, ''),
       coalesce(extract(epoch from c.next_run_at)::bigint, 0),
       case when not (c.is_active and i.is_active) then 'paused'
            else coalesce((select min(case h.status when 'running' then 'running' else 'waiting' end)
                             from public.integration_sync_history h
                            where h.sync_config_id = c.id and h.status in ('running', 'pending')), 'idle') end,
       coalesce(l.status, ''), coalesce(concat_ws(': ', l.error_class, l.error_message), ''), c.consecutive_failures,
       coalesce(c.disabled_reason, ''), c.settings::text
  from public.integration_sync_configs c
  join public.integration_configs i on i.id = c.integration_id
  left join lateral (select h.status, h.error_class, h.error_message from public.integration_sync_history h
                      where h.sync_config_id = c.id and h.finished_at is not null
                      order by h.created_at desc limit 1) l on true
 where $1::text in ('', c.id::text, i.name, i.name || '/' || c.stream)
 order by i.name, c.stream limit 10000
