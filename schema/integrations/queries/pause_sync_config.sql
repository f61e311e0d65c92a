-- $1 configuration, $2 whether it is on boolean. Returns: whether there is one boolean
with changed as (
  update public.integration_sync_configs c
     set is_active = $2::boolean, disabled_reason = null, updated_at = now() where c.id = $1::uuid returning 1)
select exists (select from changed)
