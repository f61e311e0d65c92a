-- How stored messages differ from what the provider says. Arrays of one length, text unless said
-- otherwise:
-- $1 inbox id (one), $2 ids, $3 thread ids, $4 subjects, $5 snippets, $6 bodies, $7 from,
-- $8 to, $9 cc, $10 bcc, $11 reply_to, $12 attachments, $13 folders,
-- $14 metadata, $15 bigint[] dates, $16 boolean[] unread, $17 boolean[] starred,
-- $18 bigint[] carried: what the provider does not say is not compared.
-- Returns: id text, what differs text (`missing`, or the names of columns)
with provider as (
  select *
    from unnest($2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[], $8::text[], $9::text[],
                $10::text[], $11::text[], $12::text[], $13::text[], $14::text[], $15::bigint[], $16::boolean[],
                $17::boolean[], $18::bigint[])
      as u (id, thread_id, subject, snippet, body, sender, recipients, cc, bcc, reply_to, attachments, folders,
            metadata, sent_at, unread, starred, carried)
), compared as (
  select p.id,
         case when m.nylas_message_id is null then 'missing'
              else concat_ws(' ',
                case when p.carried & 32 <> 0 and m.nylas_thread_id is distinct from p.thread_id then 'thread' end,
                case when p.carried & 1 <> 0 and m.subject is distinct from p.subject then 'subject' end,
                case when p.carried & 64 <> 0 and m.snippet is distinct from p.snippet then 'snippet' end,
                case when p.carried & 2 <> 0 and m.body is distinct from p.body then 'body' end,
                case when p.carried & 128 <> 0 and m.from_addresses is distinct from p.sender::jsonb then 'from' end,
                case when p.carried & 256 <> 0 and m.to_addresses is distinct from p.recipients::jsonb then 'to' end,
                case when p.carried & 512 <> 0 and m.cc_addresses is distinct from p.cc::jsonb then 'cc' end,
                case when p.carried & 8 <> 0 and m.bcc_addresses is distinct from p.bcc::jsonb then 'bcc' end,
                case when p.carried & 16 <> 0
                     and m.reply_to_addresses is distinct from p.reply_to::jsonb then 'reply_to' end,
                case when p.carried & 1024 <> 0 and m.folders is distinct from p.folders::jsonb then 'folders' end,
                case when p.carried & 2048 <> 0 and m.metadata is distinct from p.metadata::jsonb then 'metadata' end,
                case when p.carried & 4096 <> 0
                     and m.message_date is distinct from to_timestamp(p.sent_at) then 'date' end,
                case when p.carried & 8192 <> 0 and m.unread is distinct from p.unread then 'unread' end,
                case when p.carried & 16384 <> 0 and m.starred is distinct from p.starred then 'starred' end,
                case when p.carried & 4 <> 0
                     and not nova.same_attachments(m.inbox_id, m.nylas_message_id, p.attachments)
                     then 'attachments' end)
         end as what
    from provider p
    left join public.flux_email_messages m
      on m.inbox_id = $1::uuid and m.nylas_message_id = p.id and m.deleted_at is null
)
select id, what from compared where what <> ''
