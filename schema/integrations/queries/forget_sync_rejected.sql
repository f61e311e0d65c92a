-- $1 configuration, $2 run. Forgets records that an earlier run than this was refused
delete from public.integration_rejected_records r
 where r.sync_config_id = $1::uuid and r.sync_history_id is distinct from $2::uuid
