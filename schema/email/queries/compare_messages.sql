-- How stored messages differ from what the provider says, as a page of a comparison that is noted. Arrays of one
-- length, text unless said otherwise:
-- $1 inbox id (one), $2 ids, $3 thread ids, $4 subjects, $5 snippets, $6 bodies, $7 from,
-- $8 to, $9 cc, $10 bcc, $11 reply_to, $12 attachments, $13 folders,
-- $14 metadata, $15 bigint[] dates, $16 boolean[] unread, $17 boolean[] starred,
-- $18 bigint[] carried: what the provider does not say is not compared; $19 bytea[] and $20 bytea[] hashes;
-- $21 the comparison, bigint; $22 when the page was there, microseconds since 1970, bigint; $23 and $24 the days that
-- are noted, text, from and before; empty: no bound; $25 boolean: what differs is stored afterwards.
-- Returns: id text, what differs text (`missing`, or the names of columns)
with provider as (
  select *, nova.mail_day(nova.mail_time(u.sent_at)) as day
    from unnest($2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[], $8::text[], $9::text[],
                $10::text[], $11::text[], $12::text[], $13::text[], $14::text[], $15::bigint[], $16::boolean[],
                $17::boolean[], $18::bigint[], $19::bytea[], $20::bytea[])
      as u (id, thread_id, subject, snippet, body, sender, recipients, cc, bcc, reply_to, attachments, folders,
            metadata, sent_at, unread, starred, carried, core_hash, extra_hash)
), compared as (
  select p.id, p.day, p.core_hash || p.extra_hash as content,
         coalesce(m.core_hash, '') || coalesce(m.extra_hash, '') as seen, m.nylas_message_id is not null as there,
         case when m.nylas_message_id is null then 'missing'
              else concat_ws(' ',
                case when p.carried & 32 <> 0
                     and m.nylas_thread_id is distinct from nullif(p.thread_id, '') then 'thread' end,
                case when p.carried & 1 <> 0 and m.subject is distinct from p.subject then 'subject' end,
                case when p.carried & 64 <> 0 and m.snippet is distinct from p.snippet then 'snippet' end,
                case when p.carried & 2 <> 0 and m.body is distinct from p.body then 'body' end,
                case when p.carried & 128 <> 0 and not nova.same_addresses(m.from_addresses, p.sender) then 'from' end,
                case when p.carried & 256 <> 0 and not nova.same_addresses(m.to_addresses, p.recipients) then 'to' end,
                case when p.carried & 512 <> 0 and not nova.same_addresses(m.cc_addresses, p.cc) then 'cc' end,
                case when p.carried & 8 <> 0 and not nova.same_addresses(m.bcc_addresses, p.bcc) then 'bcc' end,
                case when p.carried & 16 <> 0
                     and not nova.same_addresses(m.reply_to_addresses, p.reply_to) then 'reply_to' end,
                case when p.carried & 1024 <> 0 and m.folders is distinct from p.folders::jsonb then 'folders' end,
                case when p.carried & 2048 <> 0 and m.metadata is distinct from p.metadata::jsonb then 'metadata' end,
                case when p.carried & 4096 <> 0
                     and m.message_date is distinct from nova.mail_time(p.sent_at) then 'date' end,
                case when p.carried & 8192 <> 0 and m.unread is distinct from p.unread then 'unread' end,
                case when p.carried & 16384 <> 0 and m.starred is distinct from p.starred then 'starred' end,
                case when p.carried & 4 <> 0
                     and not nova.same_attachments(m.inbox_id, m.nylas_message_id, p.attachments)
                     then 'attachments' end)
         end as what
    from provider p
    left join public.flux_email_messages m
      on m.inbox_id = $1::uuid and m.nylas_message_id = p.id and m.deleted_at is null
), noted as (
  insert into nova.mail_listed as l (comparison_id, nylas_message_id, day, hi, content, seen, differs, mended)
  select distinct on (c.id) $21::bigint, c.id, c.day, $22::bigint, c.content,
         case when c.there then c.seen end, c.what, $25::boolean and c.what <> ''
    from compared c
   where ($23::text = '' or c.day >= $23::date) and ($24::text = '' or c.day < $24::date)
   order by c.id
      on conflict (comparison_id, nylas_message_id) do update
     set day = excluded.day, hi = excluded.hi, content = excluded.content, seen = excluded.seen,
         differs = excluded.differs, mended = excluded.mended
)
select id, what from compared
 where what <> '' and ($23::text = '' or day >= $23::date) and ($24::text = '' or day < $24::date)
