-- $1 integration, $2 provider or NULL, $3 its settings, text of JSON, $4 name of the secret or NULL, $5 stream.
-- What an integration has that is there already stays, unless it is given. Returns: the configuration, text
with integration as (
  insert into public.integration_configs as i (name, provider, settings, secret_name)
  values ($1::text, coalesce($2::text, 'postgres'), $3::text::jsonb, $4::text)
  on conflict (name) do update
     set provider = coalesce($2::text, i.provider), settings = i.settings || $3::text::jsonb,
         secret_name = coalesce($4::text, i.secret_name), updated_at = now()
  returning i.id)
insert into public.integration_sync_configs (integration_id, stream)
select i.id, $5::text from integration i returning id::text
