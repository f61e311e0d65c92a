-- $1 run, $2 token, $3 about how many records there are to read
update public.integration_sync_history h set records_total = $3::bigint
 where h.id = $1::uuid and h.status = 'running' and h.claim_token = $2::bigint
