-- Messages that the provider named and does not have. $1 config id, $2 thread id, $3 text[] message
-- ids, $4 text[] reasons
insert into nova.excused_messages (config_id, nylas_message_id, nylas_thread_id, reason)
select $1::uuid, g.id, $2::text, g.reason from unnest($3::text[], $4::text[]) g (id, reason)
    on conflict (config_id, nylas_message_id) do update set reason = excluded.reason, excused_at = now()
