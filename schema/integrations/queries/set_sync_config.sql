-- $1 configuration, $2 mode, $3 incremental key, $4 type of the watermark, $5 settings that are merged into the
-- old text of JSON, $6 cron, $7 time zone, $8 every, $9 retries integer, $10 first pause, $11 longest pause, $12
-- name of the secret, $13 settings of the integration, likewise. NULL leaves what is; an empty cron or every takes
-- it away. Returns: whether there is one boolean
with changed as (
  update public.integration_sync_configs c
     set sync_mode = coalesce($2::text, c.sync_mode),
         incremental_key = nullif(coalesce($3::text, c.incremental_key), ''),
         watermark_type = coalesce($4::text, c.watermark_type),
         settings = jsonb_strip_nulls(c.settings || coalesce($5::text::jsonb, '{}')),
         cron = case when $8::text <> '' then null else nullif(coalesce($6::text, c.cron), '') end,
         timezone = coalesce($7::text, c.timezone),
         every = case when $6::text <> '' then null when $8::text is null then c.every
                      else nullif($8::text, '')::interval end,
         max_retries = coalesce($9::integer, c.max_retries), retry_base = coalesce($10::text::interval, c.retry_base),
         retry_max = greatest(coalesce($11::text::interval, c.retry_max), coalesce($10::text::interval, c.retry_base)),
         updated_at = now()
   where c.id = $1::uuid returning c.integration_id),
integration as (
  update public.integration_configs i
     set secret_name = coalesce($12::text, i.secret_name),
         settings = jsonb_strip_nulls(i.settings || coalesce($13::text::jsonb, '{}')), updated_at = now()
   where i.id = (select integration_id from changed) and ($12::text is not null or $13::text is not null))
select exists (select from changed)
