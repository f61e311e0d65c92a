-- $1 configuration, $2 watermark. Returns: advanced, unchanged or behind
select public.update_sync_watermark($1::uuid, $2::text)
