-- $1 configurations uuid[]. Returns: those that are cancelled text
select c.id::text from public.flux_inbox_configurations c
 where c.id = any ($1::uuid[]) and c.backfill_status = 'cancelled'
