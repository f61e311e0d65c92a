-- $1 configuration. Returns: whether records of it are refused boolean
select exists (select from public.integration_rejected_records r where r.sync_config_id = $1::uuid)
