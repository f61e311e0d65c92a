drop table if exists public.integration_sync_history, public.integration_sync_configs, public.integration_configs;
drop sequence if exists nova.sync_claim_token;
