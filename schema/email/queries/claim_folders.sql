-- Inboxes whose folders are to be listed, taken for ten minutes. $1 limit.
-- Returns: inbox id, grant id (text), when they were taken in microseconds since 1970 bigint
with due as (
  select i.id from public.flux_inboxes i
   where i.status = 'active' and i.folders_due_at <= now()
     and not exists (select from nova.provider_outages o where o.scope = 'grant' and o.subject = i.grant_id)
   order by i.folders_due_at, i.id limit $1::bigint for no key update skip locked)
update public.flux_inboxes i set folders_due_at = now() + interval '10 minutes'
  from due where i.id = due.id
returning i.id::text, i.grant_id, (extract(epoch from now()) * 1000000)::bigint
