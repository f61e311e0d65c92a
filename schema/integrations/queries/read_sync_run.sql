-- $1 run, $2 token. What its worker needs. Returns: configuration text, integration text, its name, stream,
-- provider, settings of both (text of JSON), name of the secret or NULL, mode, incremental key or NULL, type of
-- the watermark, watermark or NULL, checkpoint and state (text of JSON)
select c.id::text, i.id::text, i.name, c.stream, i.provider, i.settings::text, c.settings::text, i.secret_name,
       coalesce(h.sync_mode, c.sync_mode), c.incremental_key, c.watermark_type, c.watermark_value, h.checkpoint::text,
       c.state::text
  from public.integration_sync_history h
  join public.integration_sync_configs c on c.id = h.sync_config_id
  join public.integration_configs i on i.id = c.integration_id
 where h.id = $1::uuid and h.status = 'running' and h.claim_token = $2::bigint
