do $$
begin
  if not nova.is_foreign('integration_configs') then
    drop table if exists public.integration_sync_history, public.integration_sync_configs, public.integration_configs;
  end if;
end
$$;
drop sequence if exists nova.sync_claim_token;
