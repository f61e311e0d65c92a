-- Messages that the provider named and does not have; those that are stored are read again.
-- $1 config id, $2 thread id, $3 text[] message ids, $4 text[] reasons
with stored as (
  select m.inbox_id, m.nylas_message_id from public.flux_inbox_configurations c
    join public.flux_email_messages m on m.inbox_id = c.inbox_id and m.nylas_message_id = any ($3::text[])
   where c.id = $1::uuid and m.deleted_at is null
   order by m.nylas_message_id for no key update of m),
doubted as (
  update public.flux_email_messages m set refetch_at = least(m.refetch_at, now() + nova.doubt_delay())
    from stored s where m.inbox_id = s.inbox_id and m.nylas_message_id = s.nylas_message_id)
insert into nova.excused_messages (config_id, nylas_message_id, nylas_thread_id, reason)
select $1::uuid, g.id, $2::text, g.reason from unnest($3::text[], $4::text[]) g (id, reason)
    on conflict (config_id, nylas_message_id) do update set reason = excluded.reason, excused_at = now()
