-- Messages of an inbox with a date in [$2, $3) seconds, and those without a date. $1 inbox id.
-- Returns: id text, core hash bytea, date in seconds or NULL bigint, unread boolean, starred boolean, folders text, deleted boolean
select m.nylas_message_id, coalesce(m.core_hash, ''), extract(epoch from m.message_date)::bigint, m.unread, m.starred, m.folders::text,
       m.deleted_at is not null
  from flux_email_messages m
 where m.inbox_id = $1::uuid and (m.message_date >= to_timestamp($2::bigint) and m.message_date < to_timestamp($3::bigint) or m.message_date is null)
 order by m.nylas_message_id
