-- What is stored now of the days of an inbox. $1 inbox id, $2 first day text, $3 the day after the last text (empty: no
-- bound). Returns: day text, count bigint, digest of the ids (hex)
select case when d.day = 'infinity' then 'undated' else to_char(d.day, 'YYYY-MM-DD') end, count(m.nylas_message_id),
       encode(sha256(coalesce(string_agg(sha256(convert_to(m.nylas_message_id, 'UTF8')), ''
                                         order by m.nylas_message_id), '')), 'hex')
  from (select c.day from nova.mail_certificates c where c.inbox_id = $1::uuid
         union select nova.mail_day(x.message_date) from public.flux_email_messages x
          where uuid_hash(x.inbox_id) = uuid_hash($1::uuid) and x.inbox_id = $1::uuid) d
  left join public.flux_email_messages m
    on uuid_hash(m.inbox_id) = uuid_hash($1::uuid) and m.inbox_id = $1::uuid and m.deleted_at is null
   and nova.mail_day(m.message_date) = d.day
 where ($2::text = '' or d.day >= $2::date) and ($3::text = '' or d.day < $3::date)
 group by d.day
 order by d.day
