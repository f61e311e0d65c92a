-- How stored messages differ from what the provider says. Arrays of one length, text unless said otherwise:
-- $1 inbox id (one), $2 ids, $3 thread ids, $4 subjects, $5 snippets, $6 bodies, $7 from, $8 to, $9 cc, $10 bcc, $11 reply_to,
-- $12 attachments, $13 folders, $14 metadata, $15 bigint[] dates, $16 boolean[] unread, $17 boolean[] starred.
-- Returns: id text, what differs text (`missing`, or the names of columns)
with provider as (
  select *
    from unnest($2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[], $8::text[], $9::text[], $10::text[],
                $11::text[], $12::text[], $13::text[], $14::text[], $15::bigint[], $16::boolean[], $17::boolean[])
      as u (id, thread_id, subject, snippet, body, sender, recipients, cc, bcc, reply_to, attachments, folders, metadata,
            sent_at, unread, starred)
), compared as (
  select p.id,
         case when m.nylas_message_id is null then 'missing'
              else concat_ws(' ',
                case when m.nylas_thread_id is distinct from p.thread_id then 'thread' end,
                case when m.subject is distinct from p.subject then 'subject' end,
                case when m.snippet is distinct from p.snippet then 'snippet' end,
                case when m.body is distinct from p.body then 'body' end,
                case when m.from_addresses is distinct from p.sender::jsonb then 'from' end,
                case when m.to_addresses is distinct from p.recipients::jsonb then 'to' end,
                case when m.cc_addresses is distinct from p.cc::jsonb then 'cc' end,
                case when m.bcc_addresses is distinct from p.bcc::jsonb then 'bcc' end,
                case when m.reply_to_addresses is distinct from p.reply_to::jsonb then 'reply_to' end,
                case when m.folders is distinct from p.folders::jsonb then 'folders' end,
                case when m.metadata is distinct from p.metadata::jsonb then 'metadata' end,
                case when m.message_date is distinct from to_timestamp(p.sent_at) then 'date' end,
                case when m.unread is distinct from p.unread then 'unread' end,
                case when m.starred is distinct from p.starred then 'starred' end,
                case when exists (
                  select from jsonb_array_elements(p.attachments::jsonb) with ordinality e (o, n)
                    full join (select * from public.flux_email_attachments x
                                where x.inbox_id = m.inbox_id and x.nylas_message_id = m.nylas_message_id) a
                      on a.position = e.n - 1
                   where (a.nylas_attachment_id, a.filename, a.content_type, a.size, a.is_inline)
                         is distinct from
                         (coalesce(e.o ->> 'id', ''), coalesce(e.o ->> 'filename', ''), coalesce(e.o ->> 'content_type', ''),
                          (e.o ->> 'size')::bigint, coalesce((e.o ->> 'is_inline')::boolean, false))) then 'attachments' end)
         end as what
    from provider p
    left join public.flux_email_messages m
      on m.inbox_id = $1::uuid and m.nylas_message_id = p.id and m.deleted_at is null
)
select id, what from compared where what <> ''
