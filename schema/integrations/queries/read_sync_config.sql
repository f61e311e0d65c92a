-- $1 configuration. Returns: its id, integration text, its name, stream, provider, settings of both (text of
-- JSON), name of the secret or NULL, mode, incremental key or NULL, type of the watermark, watermark or NULL,
-- state (text of JSON)
select c.id::text, i.id::text, i.name, c.stream, i.provider, i.settings::text, c.settings::text, i.secret_name,
       c.sync_mode, c.incremental_key, c.watermark_type, c.watermark_value, c.state::text
  from public.integration_sync_configs c join public.integration_configs i on i.id = c.integration_id
 where c.id = $1::uuid
