-- Messages of an inbox that are not deleted, with a date in [$2, $3) seconds; those without a date
-- too when $4 says so.
-- $1 inbox id, $4 boolean. Returns: id text
select m.nylas_message_id
  from public.flux_email_messages m
 where m.inbox_id = $1::uuid and m.deleted_at is null
   and (m.message_date >= to_timestamp($2::bigint) and m.message_date < to_timestamp($3::bigint) or $4::boolean
        and m.message_date is null)
 order by m.nylas_message_id
